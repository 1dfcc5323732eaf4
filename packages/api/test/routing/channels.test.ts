/** Channels in the routing table: where they are reached, and where their events live. */
import { describe, expect, it } from 'vitest';
import type { Resource } from '../../src/resource.ts';
import { type InstallationLog, retentionBytesDefault, retentionMsDefault } from '../../src/routing/index.ts';
import { kafkaLog, natsLog, only, routes, stored, subscription } from './messaging.ts';

describe('the log of a channel', () => {
  it('a LogChannel lives on the log of the installation', () => {
    expect(routes([stored('LogChannel', 'c')])).toEqual([
      {
        uid: 'LogChannel-default-c',
        kind: 'Channel',
        namespace: 'default',
        name: 'c',
        path: '/channels/default/c',
        hosts: [],
        rootHosts: ['c-kn-channel.default.svc.cluster.local'],
        retention: { ageMs: retentionMsDefault, bytes: retentionBytesDefault },
        subscriptions: [],
      },
    ]);
  });

  it('on Kafka: topic of the reference, ours to remove, partitions as a Broker has', () => {
    expect(only([stored('LogChannel', 'c')], { installationLog: kafkaLog }).log.backing).toEqual({
      kind: 'kafka',
      cluster: kafkaLog.cluster,
      topic: 'knative-messaging-kafka.default.c',
      owned: true,
      partitions: 10,
      replicationFactor: -1,
      topicConfig: { 'retention.ms': '604800000' },
      group: 'millrace-knative-messaging-kafka.default.c',
      records: { kind: 'events', contentMode: 'binary' },
    });
  });

  it('on JetStream: stream and subject of the reference', () => {
    expect(only([stored('LogChannel', 'my-c')], { installationLog: natsLog }).log.backing).toEqual({
      kind: 'jetstream',
      cluster: natsLog.cluster,
      stream: 'KN_DEFAULT__MY_C',
      subject: 'default.my-c._knative',
      owned: true,
      replicas: 1,
      streamConfig: {},
    });
    const three: InstallationLog = {
      kind: 'jetstream',
      cluster: { servers: ['nats://a:1', 'nats://b:1', 'nats://c:1'] },
    };
    expect(only([stored('LogChannel', 'c')], { installationLog: three }).log.backing).toMatchObject({ replicas: 3 });
  });

  it('an InMemoryChannel is in memory on every installation, and its sender waits unless it is asynchronous', () => {
    for (const installationLog of [kafkaLog, natsLog, { kind: 'local' } as const]) {
      const { log } = only([stored('InMemoryChannel', 'c')], { installationLog });
      expect(log).toMatchObject({ backing: { kind: 'memory' }, accepts: 'delivered' });
      expect(log.hosts).toEqual(['imc-dispatcher.knative-eventing.svc.cluster.local']);
    }
    const annotations = { 'messaging.knative.dev/async-handler': 'true' };
    expect(only([stored('InMemoryChannel', 'c', { annotations })]).log).not.toHaveProperty('accepts');
  });

  it('a generic Channel has no log of its own', () => {
    expect(routes([stored('Channel', 'c')])).toEqual([]);
  });

  it('retention by annotation', () => {
    const annotations = { 'millrace.dev/retention': 'PT1H', 'millrace.dev/retention-bytes': '1Mi' };
    expect(only([stored('LogChannel', 'c', { annotations })]).log.retention).toEqual({
      ageMs: 3_600_000,
      bytes: 2 ** 20,
    });
  });

  it('a channel that is going has no route', () => {
    expect(routes([stored('LogChannel', 'c', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })])).toEqual(
      [],
    );
  });

  it('an address that two channels claim is that of the older one', () => {
    const at = (kind: string, creationTimestamp: string) => stored(kind, 'c', { metadata: { creationTimestamp } });
    const table = routes([at('LogChannel', '2026-01-02T00:00:00Z'), at('InMemoryChannel', '2026-01-01T00:00:00Z')]);
    expect(table.map(({ uid, path, rootHosts }) => [uid, path, rootHosts?.length])).toEqual([
      ['InMemoryChannel-default-c', '/channels/default/c', 1],
      ['LogChannel-default-c', '', 0],
    ]);
  });
});

describe('11.1: KafkaChannel', () => {
  const config = (data: Record<string, string>): Resource => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'kafka-channel-config', namespace: 'knative-eventing', uid: 'cm' },
    data,
  });
  const spec = { numPartitions: 4, replicationFactor: 3, retentionDuration: 'PT1H' };

  it('servers of kafka-channel-config; topic, partitions and retention as written', () => {
    const { log } = only([stored('KafkaChannel', 'c', { spec }), config({ 'bootstrap.servers': 'a:1, b:2' })]);
    expect(log).toMatchObject({
      hosts: ['kafka-channel-ingress.knative-eventing.svc.cluster.local'],
      rootHosts: ['c-kn-channel.default.svc.cluster.local'],
      retention: { ageMs: 3_600_000 },
      backing: {
        cluster: { servers: ['a:1', 'b:2'] },
        topic: 'knative-messaging-kafka.default.c',
        partitions: 4,
        replicationFactor: 3,
        topicConfig: { 'retention.ms': '3600000' },
      },
    });
  });

  it('"without a ConfigMap that names servers, those of --log are meant"; with neither there is no route', () => {
    const channel = stored('KafkaChannel', 'c');
    expect(only([channel], { installationLog: kafkaLog }).log.backing).toMatchObject({ cluster: kafkaLog.cluster });
    expect(routes([channel])).toEqual([]);
    expect(routes([channel], { installationLog: natsLog })).toEqual([]);
  });

  it('the topic it was given stays, whatever the template says by now', () => {
    const features = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'config-kafka-features', namespace: 'knative-eventing', uid: 'f' },
      data: { 'channels.topic.template': 'mine.{{ .Namespace }}.{{ .Name }}' },
    };
    const topicOf = (status?: Record<string, unknown>) =>
      only([stored('KafkaChannel', 'c', { ...(status && { status }) }), features], { installationLog: kafkaLog }).log
        .backing;
    expect(topicOf()).toMatchObject({ topic: 'mine.default.c' });
    expect(topicOf({ annotations: { 'default.topic': 'old' } })).toMatchObject({ topic: 'old' });
  });

  it('"Channel group kafka.<ns>.<channel>.<subscription uid>"; "Channel subscriptions default ordered"', () => {
    const resources = [stored('KafkaChannel', 'c'), subscription('s', 'c', {}, 'KafkaChannel')];
    const options = { installationLog: kafkaLog };
    expect(only(resources, options).first).toMatchObject({
      cursorName: 'kafka.default.c.Subscription-default-s',
      order: 'ordered',
    });
    const annotations = { 'kafka.eventing.knative.dev/delivery.order': 'unordered' };
    const unordered = subscription('s', 'c', { annotations }, 'KafkaChannel');
    expect(only([stored('KafkaChannel', 'c'), unordered], options).first.order).toBe('unordered');
  });
});

describe('11.5: NatsJetStreamChannel', () => {
  const options = { installationLog: natsLog };

  it('overrideName wins, and the stream configuration is in NATS’ own names and nanoseconds', () => {
    const stream = {
      overrideName: 'MINE',
      config: { additionalSubjects: ['x'], maxAge: '1h', discard: 'New', storage: 'Memory', replicas: 3, maxMsgs: 5 },
    };
    const { log } = only([stored('NatsJetStreamChannel', 'c', { spec: { stream } })], options);
    expect(log.backing).toMatchObject({
      stream: 'MINE',
      subject: 'default.c._knative',
      replicas: 3,
      streamConfig: {
        subjects: ['default.c._knative', 'x'],
        max_age: 3_600_000_000_000,
        discard: 'new',
        storage: 'memory',
        max_msgs: 5,
      },
    });
    expect(log.retention.ageMs).toBe(3_600_000);
    expect(log.rootHosts).toEqual([
      'c-kn-channel.default.svc.cluster.local',
      'c-kn-jsm-channel.default.svc.cluster.local',
    ]);
  });

  it('"KN_SUB_<UID without dashes, upper>", "DeliverAll"', () => {
    const sub = subscription('s', 'c', { metadata: { uid: 'ab-cd-12' } }, 'NatsJetStreamChannel');
    const { first } = only([stored('NatsJetStreamChannel', 'c'), sub], options);
    expect(first).toMatchObject({ cursorName: 'KN_SUB_ABCD12', start: { kind: 'earliest' }, order: 'unordered' });
  });

  it('the consumer template: where to begin, how long an attempt takes, how many at once', () => {
    const template = (consumerConfigTemplate: object, annotations?: Record<string, string>) =>
      only(
        [
          stored('NatsJetStreamChannel', 'c', { spec: { consumerConfigTemplate } }),
          subscription('s', 'c', { ...(annotations && { annotations }) }, 'NatsJetStreamChannel'),
        ],
        options,
      ).first;
    expect(template({ deliverPolicy: 'New' }).start).toEqual({ kind: 'latest' });
    expect(template({ deliverPolicy: 'ByStartTime', optStartTime: '1970-01-01T00:00:01Z' }).start).toEqual({
      kind: 'time',
      timeMs: 1_000,
    });
    expect(template({ ackWait: '10s' }).delivery.timeoutMs).toBe(9_800);
    expect(template({ maxAckPending: 7 }).maxInFlight).toBe(7);
    expect(template({ deliverPolicy: 'New' }, { 'millrace.dev/start': 'earliest' }).start).toEqual({
      kind: 'earliest',
    });
  });
});

describe('a channel that had its place', () => {
  const status = { annotations: { 'default.topic': 'T', 'bootstrap.servers': 'a:1,b:2' } };

  it('goes on when its settings are gone', () => {
    const channel = stored('KafkaChannel', 'c', { spec: { numPartitions: 4 }, status });
    expect(only([channel]).log.backing).toMatchObject({
      cluster: { servers: ['a:1', 'b:2'] },
      topic: 'T',
      partitions: 4,
      topicConfig: { 'retention.ms': '604800000' },
    });
  });

  it('but not without the Secret that it needed', () => {
    const annotations = { ...status.annotations, 'auth.secret.ref.name': 's' };
    expect(routes([stored('KafkaChannel', 'c', { status: { annotations } })])).toEqual([]);
  });
});

describe('a Broker’s own channel', () => {
  it('has no log of its own, whether its Broker is there or not', () => {
    const ownerReferences = [{ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b', uid: 'u' }];
    const labels = { 'eventing.knative.dev/brokerEverything': 'true' };
    expect(routes([stored('LogChannel', 'c', { metadata: { labels, ownerReferences } })])).toEqual([]);
    expect(routes([stored('LogChannel', 'c', { metadata: { labels } })])).toHaveLength(1);
  });
});
