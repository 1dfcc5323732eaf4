/** KafkaSource and KafkaSink in the routing table (reference 6.9, 6.10), and where Brokers of each class live (10, 11). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channelStatus } from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import {
  buildRoutingTable,
  equalTables,
  kafkaSourceRouteUid,
  type LogRoute,
  maxInFlightDefault,
  type RoutingOptions,
} from '../../src/routing/index.ts';

interface Parts {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly annotations?: Record<string, string>;
  readonly ownerReferences?: readonly unknown[];
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
  readonly data?: Record<string, string>;
}

/** As a store holds it: uid and generation are set. */
function stored(apiVersion: string, kind: string, name: string, parts: Parts = {}): Resource {
  const { namespace = 'default', labels, annotations, ownerReferences, ...rest } = parts;
  const metadata = { name, namespace, uid: `${kind}-${namespace}-${name}`, generation: 3 };
  return {
    apiVersion,
    kind,
    metadata: {
      ...metadata,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(ownerReferences && { ownerReferences }),
    },
    ...rest,
  } as unknown as Resource;
}

const source = (spec: Record<string, unknown> = {}, parts: Parts = {}) =>
  stored('sources.knative.dev/v1beta1', 'KafkaSource', 'in', {
    status: { sinkUri: 'http://sink/' },
    ...parts,
    spec: {
      bootstrapServers: ['k:9092'],
      topics: ['orders'],
      consumerGroup: 'g',
      consumers: 1,
      initialOffset: 'earliest',
      ordering: 'ordered',
      sink: { uri: 'http://sink/' },
      ...spec,
    },
  });

const sink = (spec: Record<string, unknown> = {}, parts: Parts = {}) =>
  stored('eventing.knative.dev/v1alpha1', 'KafkaSink', 'out', {
    ...parts,
    spec: { topic: 'results', bootstrapServers: ['k:9092'], contentMode: 'binary', ...spec },
  });

const encoded = (texts: Record<string, string>) =>
  Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
const secret = (texts: Record<string, string>, namespace = 'default') =>
  stored('v1', 'Secret', 's', { namespace, data: encoded(texts) });
const plain = { protocol: 'SASL_PLAINTEXT', user: 'u', password: 'p' };
const sasl = { mechanism: 'plain', user: 'u', password: 'p' };

const json = { parseYaml: (text: string) => JSON.parse(text) as unknown };
function logs(resources: readonly Resource[], options: RoutingOptions = {}): readonly LogRoute[] {
  return buildRoutingTable(resources, { ...json, ...options }).logs;
}
function only(resources: readonly Resource[], options: RoutingOptions = {}): LogRoute {
  const all = logs(resources, options);
  expect(all).toHaveLength(1);
  return all[0]!;
}

describe('KafkaSource', () => {
  it('a topic is a log of others with one subscription, to the sink', () => {
    expect(only([source()])).toMatchObject({
      uid: 'KafkaSource-default-in.orders',
      kind: 'KafkaSource',
      path: '',
      hosts: [],
      backing: {
        kind: 'kafka',
        cluster: { servers: ['k:9092'] },
        topic: 'orders',
        owned: false,
        group: 'millrace-g-orders',
        records: { kind: 'source', namespace: 'default', name: 'in', keyType: 'string' },
      },
      subscriptions: [
        {
          uid: 'KafkaSource-default-in.orders',
          kind: 'KafkaSource',
          cursorName: 'g',
          revision: 3,
          filter: {},
          subscriber: { url: 'http://sink/' },
          order: 'ordered',
          start: { kind: 'earliest' },
          paused: false,
          maxInFlight: maxInFlightDefault,
        },
      ],
    });
  });

  it('6.9 "replies: discarded"', () => {
    const [subscription] = only([source()]).subscriptions;
    expect([subscription?.reply, subscription?.replyLogUid]).toEqual([undefined, undefined]);
  });

  it('one log for each topic, each topic once', () => {
    const uids = logs([source({ topics: ['b', 'a', 'b'] })]).map(({ uid }) => uid);
    expect(uids).toEqual(['a', 'b'].map((topic) => kafkaSourceRouteUid('KafkaSource-default-in', topic)));
  });

  const subscription = (spec: Record<string, unknown>, parts: Parts = {}) =>
    only([source(spec, parts)]).subscriptions[0];

  it('4.4 "no delivery at all: retry 10, exponential, PT0.3S, timeout PT600S"', () => {
    const policy = { retryMax: 10, backoffPolicy: 'exponential', backoffDelayMs: 300, timeoutMs: 600_000 };
    expect(subscription({})?.delivery).toMatchObject(policy);
    expect(subscription({ delivery: { retry: 2 } })?.delivery).toMatchObject({ retryMax: 2 });
  });

  it('a dead letter sink as it was resolved', () => {
    const delivery = { deadLetterSink: { uri: 'http://d/' } };
    expect(subscription({ delivery }, { status: { deadLetterSinkUri: 'http://d/' } })?.deadLetterSink).toEqual({
      url: 'http://d/',
    });
  });

  it('extensions via ceOverrides', () => {
    expect(subscription({ ceOverrides: { extensions: { a: 'b' } } })?.extensions).toEqual({ a: 'b' });
    expect(subscription({})).not.toHaveProperty('extensions');
  });

  it('where it begins: its field, unless a person moves it', () => {
    expect(subscription({ initialOffset: 'latest' })?.start).toEqual({ kind: 'latest' });
    const moved = { annotations: { 'millrace.dev/start': '2026-01-31T09:30:00Z' } };
    expect(subscription({}, moved)?.start).toEqual({ kind: 'time', timeMs: Date.UTC(2026, 0, 31, 9, 30) });
  });

  it('consumers: how much may be under way, and with 0 the source rests', () => {
    expect(subscription({ consumers: 3 })).toMatchObject({ maxInFlight: 3 * maxInFlightDefault, paused: false });
    expect(subscription({ consumers: 1000 })).toMatchObject({ maxInFlight: 1_000 });
    expect(subscription({ consumers: 0 })).toMatchObject({ maxInFlight: maxInFlightDefault, paused: true });
    const annotations = { 'millrace.dev/max-in-flight': '7' };
    expect(subscription({ consumers: 3 }, { annotations })).toMatchObject({ maxInFlight: 7 });
  });

  it('R3: without its sink, and with settings that cannot be read, records wait', () => {
    expect(subscription({}, { status: {} })).not.toHaveProperty('subscriber');
    expect(subscription({ delivery: { timeout: 'soon' } })).not.toHaveProperty('subscriber');
    expect(subscription({}, { annotations: { 'millrace.dev/paused': 'perhaps' } })).not.toHaveProperty('subscriber');
  });

  it('key type by label', () => {
    const labels = { 'kafkasources.sources.knative.dev/key-type': 'int' };
    expect(only([source({}, { labels })]).backing).toMatchObject({ records: { keyType: 'int' } });
  });

  it('12.6 "secrets created later": no log until they are there', () => {
    const at = (key: string) => ({ secretKeyRef: { name: 's', key } });
    const net = { sasl: { enable: true, user: at('user'), password: at('password') } };
    expect(logs([source({ net })])).toEqual([]);
    expect(only([source({ net }), secret(plain)]).backing).toMatchObject({ cluster: { security: { sasl } } });
  });

  it('two sources on a topic share nothing', () => {
    const other = source({ consumerGroup: 'h' });
    const all = logs([source(), { ...other, metadata: { ...other.metadata, uid: 'other', name: 'other' } }]);
    expect(new Set(all.map(({ backing }) => backing?.kind === 'kafka' && backing.group)).size).toBe(2);
  });
});

describe('KafkaSink', () => {
  it('6.10: its addresses, and a log that is only appended to', () => {
    expect(only([sink({ contentMode: 'structured' })])).toMatchObject({
      uid: 'KafkaSink-default-out',
      kind: 'KafkaSink',
      path: '/kafkasinks/default/out',
      hosts: ['kafka-sink-ingress.knative-eventing.svc.cluster.local'],
      backing: { topic: 'results', owned: false, records: { kind: 'events', contentMode: 'structured' } },
      subscriptions: [],
    });
  });

  const numbers = { numPartitions: 4, replicationFactor: 2 };
  it('2.5 "when both numPartitions and replicationFactor are given (topic is created, and deleted with the sink)"', () => {
    expect(only([sink(numbers)]).backing).toMatchObject({ owned: true, partitions: 4, replicationFactor: 2 });
    expect(only([sink({ numPartitions: 4 })]).backing).toMatchObject({ owned: false });
  });

  it('a topic that was there before the sink is not ours', () => {
    const status = { annotations: { 'eventing.knative.dev/topic.owner': 'external' } };
    expect(only([sink(numbers, { status })]).backing).toMatchObject({ owned: false });
  });

  it('its Secret is in its namespace; without it there is nothing to send to', () => {
    const auth = { secret: { ref: { name: 's' } } };
    expect(only([sink({ auth }), secret(plain)]).backing).toMatchObject({ cluster: { security: { sasl } } });
    expect(logs([sink({ auth }), secret(plain, 'elsewhere')])).toEqual([]);
  });
});

describe('where the events of a Broker live', () => {
  const broker = (brokerClass: string, parts: Parts = {}) =>
    stored('eventing.knative.dev/v1', 'Broker', 'b', {
      ...parts,
      annotations: { 'eventing.knative.dev/broker.class': brokerClass, ...parts.annotations },
    });
  const config = (data: Record<string, string>, name = 'c', namespace = 'default') =>
    stored('v1', 'ConfigMap', name, { namespace, data });
  const named = { spec: { config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', namespace: 'default' } } };
  const kafka = { installationLog: { kind: 'kafka', cluster: { servers: ['log:9092'] } } } as const;
  const nats = { installationLog: { kind: 'jetstream', cluster: { servers: ['nats://log'] } } } as const;

  it.each(['Kafka', 'KafkaNamespaced'])(
    'class %s: servers, topic, partitions and configuration by its ConfigMap',
    (name) => {
      const data = {
        'bootstrap.servers': 'k:9092',
        'default.topic.partitions': '4',
        'default.topic.replication.factor': '2',
        'default.topic.config.segment.ms': '60000',
        'auth.secret.ref.name': 's',
      };
      expect(only([broker(name, named), config(data), secret(plain)])).toMatchObject({
        hosts: expect.arrayContaining(['kafka-broker-ingress.knative-eventing.svc.cluster.local']),
        backing: {
          cluster: { servers: ['k:9092'], security: { sasl } },
          topic: 'knative-broker-default-b',
          owned: true,
          partitions: 4,
          replicationFactor: 2,
          topicConfig: { 'retention.ms': '604800000', 'segment.ms': '60000' },
          group: 'millrace-knative-broker-default-b',
          records: { kind: 'events', contentMode: 'binary' },
        },
      });
    },
  );

  it('class Kafka without a ConfigMap that names servers: those of --log, ten partitions, replication as it fits', () => {
    expect(only([broker('Kafka')], kafka).backing).toMatchObject({
      cluster: { servers: ['log:9092'] },
      partitions: 10,
      replicationFactor: -1,
    });
    expect(only([broker('Kafka', named), config({})], kafka).backing).toMatchObject({
      cluster: { servers: ['log:9092'] },
    });
    expect(logs([broker('Kafka')])).toEqual([]);
  });

  it('"external.topic uses an existing topic (never created or deleted)"', () => {
    const annotations = { 'kafka.eventing.knative.dev/external.topic': 'orders' };
    expect(only([broker('Kafka', { annotations })], kafka).backing).toMatchObject({ topic: 'orders', owned: false });
  });

  it('a topic, once made, stays the same when the template of names changes', () => {
    const features = config({ 'brokers.topic.template': 'x-{{.Name}}' }, 'config-kafka-features', 'knative-eventing');
    expect(only([broker('Kafka'), features], kafka).backing).toMatchObject({ topic: 'x-b' });
    const status = { annotations: { 'default.topic': 'knative-broker-default-b' } };
    expect(only([broker('Kafka', { status }), features], kafka).backing).toMatchObject({
      topic: 'knative-broker-default-b',
    });
  });

  it('a Trigger reads with the group in its status, else with that of the template', () => {
    const trigger = (status: Record<string, unknown>) =>
      stored('eventing.knative.dev/v1', 'Trigger', 't', {
        status,
        spec: { broker: 'b', subscriber: { uri: 'http://s/' } },
      });
    const cursor = (status: Record<string, unknown>) =>
      only([broker('Kafka'), trigger(status)], kafka).subscriptions[0]?.cursorName;
    expect(cursor({})).toBe('knative-trigger-default-t');
    expect(cursor({ annotations: { 'group.id': 'older' } })).toBe('older');
  });

  it('11.6 class NatsJetStreamBroker: stream and subject; its annotation over the ConfigMap', () => {
    const stream = {
      kind: 'jetstream',
      stream: 'KN_BROKER_DEFAULT__B',
      subject: 'default.b._knative_broker.events',
      owned: true,
    };
    expect(only([broker('NatsJetStreamBroker')], nats)).toMatchObject({
      hosts: expect.arrayContaining(['nats-broker-ingress.knative-eventing.svc.cluster.local']),
      backing: { ...stream, replicas: 1 },
    });
    const defaults = { clusterDefault: { stream: { config: { replicas: 3 } } } };
    const shipped = config({ config: JSON.stringify(defaults) }, 'natsjetstream-broker-config', 'knative-eventing');
    expect(only([broker('NatsJetStreamBroker'), shipped], nats).backing).toMatchObject({ ...stream, replicas: 3 });
    const annotations = {
      'natsjetstream.eventing.knative.dev/config': '{"stream":{"overrideName":"MINE","config":{"maxMsgs":9}}}',
    };
    expect(only([broker('NatsJetStreamBroker', { annotations }), shipped], nats).backing).toMatchObject({
      stream: 'MINE',
      replicas: 1,
      streamConfig: { max_msgs: 9 },
    });
    expect(logs([broker('NatsJetStreamBroker')])).toEqual([]);
  });

  it.each([
    ['local', {}, undefined],
    ['kafka', kafka, { kind: 'kafka', topic: 'knative-broker-default-b', owned: true }],
    ['jetstream', nats, { kind: 'jetstream', stream: 'KN_BROKER_DEFAULT__B', owned: true }],
  ])('class Millrace, and one made of a LogChannel, on %s: the log of the installation', (_what, options, backing) => {
    for (const name of ['Millrace', 'MTChannelBasedBroker']) {
      const route = only([broker(name)], options);
      if (backing === undefined) expect(route).not.toHaveProperty('backing');
      else expect(route.backing).toMatchObject(backing);
    }
  });

  describe('class MTChannelBasedBroker', () => {
    const name = 'b-kne-trigger';
    const template = (kind: string) => JSON.stringify({ apiVersion: 'messaging.knative.dev/v1beta1', kind });
    const child = (apiVersion: string, kind: string) =>
      stored(apiVersion, kind, name, {
        labels: { 'eventing.knative.dev/brokerEverything': 'true' },
        ownerReferences: [
          { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b', uid: 'Broker-default-b' },
        ],
        spec: {},
      });
    const made = (apiVersion: string, kind: string): Parts => ({
      ...named,
      status: {
        annotations: { [channelStatus.apiVersion]: apiVersion, [channelStatus.kind]: kind, [channelStatus.name]: name },
      },
    });

    it('"on the log its channel template names": the child has no route, the Broker answers for it', () => {
      const of = ['messaging.knative.dev/v1beta1', 'KafkaChannel'] as const;
      const route = only([broker('MTChannelBasedBroker', made(...of)), child(...of), config({})], kafka);
      expect(route).toMatchObject({
        kind: 'Broker',
        path: '/default/b',
        rootHosts: ['b-kne-trigger-kn-channel.default.svc.cluster.local'],
        backing: { kind: 'kafka', topic: 'knative-messaging-kafka.default.b-kne-trigger' },
      });
    });

    it('no log before the channel is made: events must not end up where it will not be', () => {
      const options = { ...kafka };
      const data = { 'channel-template-spec': template('KafkaChannel') };
      expect(logs([broker('MTChannelBasedBroker', named), config(data)], options)).toEqual([]);
    });

    it('a channel, once made, decides, whatever the template says by then', () => {
      const of = ['messaging.knative.dev/v1', 'InMemoryChannel'] as const;
      const data = { 'channel-template-spec': template('KafkaChannel') };
      const route = only([broker('MTChannelBasedBroker', made(...of)), child(...of), config(data)], kafka);
      expect(route).toMatchObject({ backing: { kind: 'memory' }, accepts: 'delivered' });
    });
  });

  it('a log that we make is served once it is known to be made; one of others at once', () => {
    const options = { ...kafka, onlyMadeLogs: true };
    const status = { annotations: { 'millrace.dev/log-made': 'false' } };
    expect(logs([broker('Kafka')], options)).toEqual([]);
    expect(logs([broker('Kafka', { status })], options)).toHaveLength(1);
    expect(logs([broker('Millrace')], { onlyMadeLogs: true })).toHaveLength(1);
    expect(logs([sink(), source()], options)).toHaveLength(2);
    const numbers = { numPartitions: 1, replicationFactor: 1 };
    const owner = { annotations: { 'eventing.knative.dev/topic.owner': 'kafkasink-controller' } };
    expect(logs([sink(numbers)], options)).toEqual([]);
    expect(logs([sink(numbers, { status: owner })], options)).toHaveLength(1);
  });

  it('R2: the same objects in any order give an equal table', () => {
    const all = [
      broker('Kafka', named),
      config({ 'bootstrap.servers': 'k:1', 'auth.secret.ref.name': 's' }),
      secret(plain),
      source({ topics: ['b', 'a'] }),
      sink(),
      stored('eventing.knative.dev/v1', 'Trigger', 't', { spec: { broker: 'b', subscriber: { uri: 'http://s/' } } }),
    ];
    const table = buildRoutingTable(all, json);
    expect(table.logs).toHaveLength(4);
    const shuffled = fc.shuffledSubarray(all, { minLength: all.length });
    fc.assert(
      fc.property(shuffled, (mixed) => equalTables(buildRoutingTable(mixed, json), table)),
      { seed: 7 },
    );
  });
});
