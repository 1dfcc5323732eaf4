/** Channels of every kind, and Subscriptions: what is accepted, what is filled in, what may change. Source: reference 1.6. */
import { describe, expect, it } from 'vitest';
import {
  defaultKindContext,
  findByName,
  findPlural,
  parseChannelDefaults,
  shippedChannelDefaults,
} from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import { admitted, changeRefusal, definitionOf, firstLine, type ObjectParts, object, refusal } from './support.ts';

const messaging = 'messaging.knative.dev/v1';
const channel = (parts: ObjectParts = {}) => object(messaging, 'Channel', parts);
const inMemory = (parts: ObjectParts = {}) => object(messaging, 'InMemoryChannel', parts);
const logChannel = (parts: ObjectParts = {}) => object('messaging.millrace.dev/v1alpha1', 'LogChannel', parts);
const kafka = (spec: object = {}, version = 'v1beta1') =>
  object(`messaging.knative.dev/${version}`, 'KafkaChannel', { spec });
const nats = (spec: object = {}) => object('messaging.knative.dev/v1alpha1', 'NatsJetStreamChannel', { spec });

const reference = { apiVersion: messaging, kind: 'Channel', name: 'c' };
function subscription(spec: Record<string, unknown> = {}, parts: ObjectParts = {}): Resource {
  const right = { channel: reference, subscriber: { uri: 'http://localhost:3000/' } };
  const entries = Object.entries({ ...right, ...spec }).filter(([, value]) => value !== undefined);
  return object(messaging, 'Subscription', { ...parts, spec: Object.fromEntries(entries) });
}

const concrete: readonly [string, (parts: ObjectParts) => Resource][] = [
  ['InMemoryChannel', inMemory],
  ['LogChannel', logChannel],
  ['KafkaChannel', (parts) => object('messaging.knative.dev/v1beta1', 'KafkaChannel', parts)],
  ['NatsJetStreamChannel', (parts) => object('messaging.knative.dev/v1alpha1', 'NatsJetStreamChannel', parts)],
];

describe('1.1: inventory', () => {
  it.each([
    [messaging, 'Channel', 'v1', ['v1'], 'ch', 'URL, Age, Ready, Reason'],
    [messaging, 'Subscription', 'v1', ['v1'], 'sub', 'Age, Ready, Reason'],
    [messaging, 'InMemoryChannel', 'v1', ['v1'], 'imc', 'URL, Age, Ready, Reason'],
    ['messaging.knative.dev/v1', 'KafkaChannel', 'v1beta1', ['v1', 'v1beta1'], 'kc', 'Ready, Reason, URL, Age'],
    [
      'messaging.knative.dev/v1alpha1',
      'NatsJetStreamChannel',
      'v1alpha1',
      ['v1alpha1'],
      'natsjsmc',
      'Ready, Reason, URL, Age',
    ],
    ['messaging.millrace.dev/v1alpha1', 'LogChannel', 'v1alpha1', ['v1alpha1'], 'lc', 'URL, Age, Ready, Reason'],
  ])('%s %s', (apiVersion, kind, storageVersion, versions, shortName, columns) => {
    const [group = '', version = ''] = apiVersion.split('/');
    const definition = findPlural(group, version, `${kind.toLowerCase()}s`);
    expect(definition).toMatchObject({ kind, storageVersion, versions, namespaced: true });
    expect(findByName(shortName).map((found) => found.kind)).toEqual([kind]);
    const shown = definition?.printerColumns.filter(({ priority = 0 }) => priority === 0);
    expect(shown?.map(({ name }) => name).join(', ')).toBe(columns);
  });
});

describe('what every kind of channel has', () => {
  it.each([...concrete, ['Channel', channel] as const])(
    '"All four get annotation messaging.knative.dev/subscribable: v1 from the defaulter": %s',
    (_kind, make) => {
      expect(admitted(make({})).metadata.annotations).toMatchObject({ 'messaging.knative.dev/subscribable': 'v1' });
      const kept = admitted(make({ annotations: { 'messaging.knative.dev/subscribable': 'v2', a: 'b' } }));
      expect(kept.metadata.annotations).toEqual({ 'messaging.knative.dev/subscribable': 'v2', a: 'b' });
    },
  );

  it.each(concrete)(
    '"each subscriber needs reply or subscriber URI (detail expected at least one of, got none)": %s',
    (_kind, make) => {
      const subscribers = [{ uid: 'a', subscriberUri: 'http://a/' }, { uid: 'b' }];
      expect(refusal(make({ spec: { subscribers } }))).toBe(
        'missing field(s): spec.subscribable.subscriber[1].replyURI, spec.subscribable.subscriber[1].subscriberURI\nexpected at least one of, got none',
      );
      expect(refusal(make({ spec: { subscribers: [{ uid: 'b', replyUri: 'http://b/' }] } }))).toBe('');
    },
  );

  it.each(concrete)('"annotation eventing.knative.dev/scope ∈ {cluster, namespace}": %s', (_kind, make) => {
    const scoped = (scope: string) => refusal(make({ annotations: { 'eventing.knative.dev/scope': scope } }));
    expect(scoped('cluster') + scoped('namespace')).toBe('');
    expect(scoped('galaxy')).toBe(
      "invalid value: galaxy: metadata.annotations[eventing.knative.dev/scope]\nexpected either 'cluster' or 'namespace'",
    );
  });

  it.each([...concrete, ['Channel', channel] as const])('delivery is checked as everywhere: %s', (_kind, make) => {
    expect(refusal(make({ spec: { delivery: { timeout: 'soon' } } }))).toMatch(
      /^invalid value: soon: spec\.delivery\.timeout/,
    );
    expect(refusal(make({ spec: { delivery: { deadLetterSink: {} } } }))).toMatch(
      /^expected at least one, got none: spec\.delivery\.deadLetterSink\.ref, spec\.delivery\.deadLetterSink\.uri/,
    );
  });

  it.each([...concrete, ['Channel', channel] as const])(
    'retention by annotation, and slips in it: %s',
    (_kind, make) => {
      expect(refusal(make({ annotations: { 'millrace.dev/retention': 'P1D' } }))).toBe('');
      expect(refusal(make({ annotations: { 'millrace.dev/retention': 'a day' } }))).toContain(
        'expected an ISO 8601 duration',
      );
      expect(refusal(make({ annotations: { 'millrace.dev/retenton': 'P1D' } }))).toContain(
        'did you mean "millrace.dev/retention"',
      );
    },
  );

  it('a dead letter sink without namespace is beside the channel', () => {
    const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
    const stored = admitted(logChannel({ spec: { delivery: { deadLetterSink: { ref } } } }));
    expect(stored.spec).toMatchObject({ delivery: { deadLetterSink: { ref: { ...ref, namespace: 'default' } } } });
  });
});

describe('Channel', () => {
  const template = { apiVersion: messaging, kind: 'InMemoryChannel' };

  it('the template is that of default-ch-webhook: "namespace then cluster"; without it a LogChannel', () => {
    const templateOf = (context = defaultKindContext, namespace = 'default') =>
      (admitted(channel({ namespace }), context).spec as { channelTemplate: unknown }).channelTemplate;
    expect(templateOf()).toEqual({ apiVersion: 'messaging.millrace.dev/v1alpha1', kind: 'LogChannel' });
    const channelDefaults = { cluster: template, namespaces: { here: { ...template, kind: 'KafkaChannel' } } };
    const context = { ...defaultKindContext, channelDefaults };
    expect(templateOf(context)).toEqual(template);
    expect(templateOf(context, 'here')).toEqual({ ...template, kind: 'KafkaChannel' });
  });

  it('its own template stays', () => {
    expect(admitted(channel({ spec: { channelTemplate: template } })).spec).toEqual({ channelTemplate: template });
  });

  it.each([
    [{ channelTemplate: { apiVersion: 'v1' } }, 'missing field(s): spec.channelTemplate.kind'],
    [{ channelTemplate: { kind: 'X' } }, 'missing field(s): spec.channelTemplate.apiVersion'],
    [
      { subscribers: [{ uid: 'u', subscriberUri: 'http://u/' }] },
      'must not set the field(s): spec.subscribable.subscribers',
    ],
    [{ channelTemplat: template }, 'unknown field; did you mean "channelTemplate"?: spec.channelTemplat'],
  ])('%j is refused', (spec, text) => {
    expect(refusal(channel({ spec }))).toBe(text);
  });

  it('"whole spec immutable except subscribers, including delivery"', () => {
    const before = channel({ spec: { channelTemplate: template, delivery: { retry: 1 } } });
    const with2 = channel({ spec: { channelTemplate: template, delivery: { retry: 2 } } });
    expect(changeRefusal(before, with2)).toBe(
      'Immutable fields changed (-old +new): spec\nspec.delivery.retry:\n\t-: 1\n\t+: 2',
    );
    const other = channel({ spec: { channelTemplate: { ...template, kind: 'KafkaChannel' }, delivery: { retry: 1 } } });
    expect(firstLine(changeRefusal(before, other))).toBe('Immutable fields changed (-old +new): spec');
    expect(changeRefusal(before, { ...before, metadata: { ...before.metadata, labels: { a: 'b' } } })).toBe('');
  });
});

describe('5.3: ConfigMap default-ch-webhook', () => {
  const parse = (config: unknown) =>
    parseChannelDefaults({ 'default-ch-config': JSON.stringify(config) }, (text) => JSON.parse(text) as unknown);
  const template = { apiVersion: messaging, kind: 'InMemoryChannel' };

  it('"clusterDefault{apiVersion,kind,spec} and namespaceDefaults{<ns>:{…}}"', () => {
    const spec = { numPartitions: 3 };
    expect(parse({ clusterDefault: template, namespaceDefaults: { n: { ...template, spec } } })).toEqual({
      kind: 'ok',
      defaults: { cluster: template, namespaces: { n: { ...template, spec } } },
    });
    expect(parse({})).toEqual({ kind: 'ok', defaults: shippedChannelDefaults });
  });

  it.each([
    [{ clusterDefault: { kind: 'X' } }, 'clusterDefault.apiVersion: expected text'],
    [{ clusterDefault: 'X' }, 'clusterDefault must be an object with apiVersion and kind'],
    [{ namespaceDefaults: { n: { apiVersion: 'v1' } } }, 'namespaceDefaults.n.kind: expected text'],
    [{ clusterDefault: { ...template, spec: 5 } }, 'clusterDefault.spec must be an object'],
    ['text', 'expected clusterDefault and namespaceDefaults'],
  ])('%j names the field', (config, text) => {
    expect(parse(config)).toEqual({
      kind: 'error',
      message: `ConfigMap default-ch-webhook, key default-ch-config: ${text}`,
    });
  });

  it('an empty key, and text that cannot be read', () => {
    const broken = (data: Record<string, string> | undefined) =>
      parseChannelDefaults(data, (text) => JSON.parse(text) as unknown);
    expect(broken(undefined)).toMatchObject({ kind: 'error', message: expect.stringContaining('missing or empty') });
    expect(broken({ 'default-ch-config': '{' })).toMatchObject({ kind: 'error' });
  });
});

describe('Subscription', () => {
  it('"channel (required), subscriber (required)", with the details of the reference', () => {
    expect(refusal(subscription({ channel: undefined, subscriber: undefined }))).toBe(
      'missing field(s): spec.channel\nthe Subscription must reference a channel\n' +
        'missing field(s): spec.subscriber\nthe Subscription must reference a subscriber',
    );
    expect(refusal(subscription({ channel: {}, subscriber: {} }))).toContain(
      'the Subscription must reference a channel',
    );
    const reply = { uri: 'http://r/' };
    expect(refusal(subscription({ subscriber: undefined, reply }))).toContain('must reference a subscriber');
  });

  it.each([
    [{ channel: { kind: 'Channel', name: 'c' } }, 'missing field(s): spec.channel.apiVersion'],
    [
      { channel: { ...reference, namespace: 'default' } },
      'must not set the field(s): spec.channel.namespace\nonly name, apiVersion and kind are supported fields',
    ],
    [
      { reply: { uri: 'here' } },
      'invalid value: Relative URI is not allowed when Ref and [apiVersion, kind, name] is absent: spec.reply.uri',
    ],
    [{ delivery: { retry: -1 } }, 'invalid value: -1: spec.delivery.retry\nexpected an integer from 0 to 2147483647'],
  ])('%j is refused', (spec, text) => {
    expect(refusal(subscription(spec))).toBe(text);
  });

  it('subscribers and replies may be in other namespaces; without one they are beside it', () => {
    const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
    const spec = { subscriber: { ref }, reply: { ref: { ...ref, namespace: 'other' } } };
    expect(admitted(subscription(spec)).spec).toMatchObject({
      subscriber: { ref: { namespace: 'default' } },
      reply: { ref: { namespace: 'other' } },
    });
  });

  it('"Only channel is immutable"', () => {
    const before = subscription();
    expect(changeRefusal(before, subscription({ channel: { ...reference, name: 'd' } }))).toBe(
      'Immutable fields changed (-old +new): spec\nspec.channel.name:\n\t-: "c"\n\t+: "d"',
    );
    const spec = { subscriber: { uri: 'http://b/' }, reply: { uri: 'http://r/' }, delivery: { retry: 3 } };
    expect(changeRefusal(before, subscription(spec))).toBe('');
  });

  it.each([
    ['millrace.dev/start', 'earliest', 'yesterday'],
    ['millrace.dev/paused', 'true', 'perhaps'],
    ['millrace.dev/max-in-flight', '5', '0'],
    ['millrace.dev/rate-limit', '50/s', 'fast'],
    ['kafka.eventing.knative.dev/delivery.order', 'ordered', 'sorted'],
  ])('all position controls that Triggers have: %s', (name, right, wrong) => {
    expect(refusal(subscription({}, { annotations: { [name]: right } }))).toBe('');
    expect(refusal(subscription({}, { annotations: { [name]: wrong } }))).toMatch(
      new RegExp(`^invalid value: ${wrong}: metadata\\.annotations`),
    );
  });
});

describe('KafkaChannel', () => {
  it('"1, 1, PT168H", also where zero or nothing is written', () => {
    const spec = { numPartitions: 1, replicationFactor: 1, retentionDuration: 'PT168H' };
    expect(admitted(object('messaging.knative.dev/v1beta1', 'KafkaChannel')).spec).toEqual(spec);
    expect(admitted(kafka({ numPartitions: 0, replicationFactor: 0, retentionDuration: '' })).spec).toEqual(spec);
    expect(admitted(kafka({ numPartitions: 4 })).spec).toEqual({ ...spec, numPartitions: 4 });
  });

  it.each([
    [{ numPartitions: -1 }, 'invalid value: -1: spec.numPartitions'],
    [{ replicationFactor: -3 }, 'invalid value: -3: spec.replicationFactor'],
    [{ replicationFactor: 40_000 }, 'invalid value: 40000: spec.replicationFactor'],
    [{ retentionDuration: '7 days' }, 'invalid value: 7 days: spec.retentionDuration'],
    [{ retentionDuration: '-PT1H' }, 'invalid value: -PT1H: spec.retentionDuration'],
  ])('"positive values, ISO-8601 duration": %j', (spec, text) => {
    expect(firstLine(refusal(kafka(spec)))).toBe(text);
  });

  it.each([{ numPartitions: 2 }, { replicationFactor: 3 }, { retentionDuration: 'PT1H' }])(
    '"those three immutable": %j',
    (change) => {
      expect(firstLine(changeRefusal(kafka(), kafka(change)))).toBe('Immutable fields changed (-old +new): spec');
    },
  );

  it('delivery and subscribers may change', () => {
    const spec = { delivery: { retry: 5 }, subscribers: [{ uid: 'u', subscriberUri: 'http://u/' }] };
    expect(changeRefusal(kafka(), kafka(spec))).toBe('');
  });

  it('v1 and v1beta1 are the same object', () => {
    const stored = admitted(kafka({ numPartitions: 3 }, 'v1'));
    expect(stored.apiVersion).toBe('messaging.knative.dev/v1beta1');
    const read = definitionOf(stored).convert(stored, 'v1');
    expect(read).toEqual({ ...stored, apiVersion: 'messaging.knative.dev/v1' });
    expect(definitionOf(read).convert(read, 'v1beta1')).toEqual(stored);
  });
});

describe('NatsJetStreamChannel', () => {
  it('"defaults none", "nothing immutable"', () => {
    expect(admitted(nats()).spec).toEqual({});
    expect(changeRefusal(nats(), nats({ stream: { overrideName: 'S', config: { maxAge: '1h' } } }))).toBe('');
  });

  it('every field of the reference is accepted', () => {
    const source = { name: 'O', optStartSeq: 1, optStartTime: '2026-01-01T00:00:00Z', filterSubject: 'a' };
    const config = {
      additionalSubjects: ['a.b'],
      retention: 'Limits',
      discard: 'New',
      storage: 'Memory',
      maxAge: '72h',
      maxBytes: 1,
      maxConsumers: 2,
      maxMsgSize: 3,
      maxMsgs: 4,
      noAck: false,
      replicas: 3,
      duplicateWindow: '2m0s',
      placement: { cluster: 'c', tags: ['t'] },
      mirror: source,
      sources: [source],
    };
    const consumerConfigTemplate = {
      deliverPolicy: 'ByStartTime',
      optStartSeq: 1,
      optStartTime: '2026-01-01T00:00:00Z',
      ackWait: '1m30s',
      maxDeliver: 3,
      filterSubject: 'a',
      replayPolicy: 'Instant',
      rateLimitBPS: 1,
      sampleFrequency: '30%',
      maxAckPending: 10,
      consumerType: 'pull',
      fetchBatchSize: 5,
      fetchMaxWait: '200ms',
    };
    const deploymentSpecTemplate = {
      affinity: {},
      nodeSelector: { a: 'b' },
      labels: {},
      annotations: {},
      resources: {},
    };
    expect(refusal(nats({ stream: { config }, consumerConfigTemplate, deploymentSpecTemplate }))).toBe('');
  });

  it.each([
    [{ stream: { config: { retention: 'Work' } } }, 'invalid value: Work: spec.stream.config.retention'],
    [{ stream: { config: { retention: 'Interest' } } }, 'invalid value: Interest: spec.stream.config.retention'],
    [{ stream: { config: { noAck: true } } }, 'invalid value: true: spec.stream.config.noAck'],
    [{ stream: { config: { maxAge: 'PT1H' } } }, 'invalid value: PT1H: spec.stream.config.maxAge'],
    [{ stream: { overrideName: 'a.b' } }, 'invalid value: a.b: spec.stream.overrideName'],
    [
      { consumerConfigTemplate: { deliverPolicy: 'Last' } },
      'invalid value: Last: spec.consumerConfigTemplate.deliverPolicy',
    ],
    [
      { consumerConfigTemplate: { deliverPolicy: 'ByStartTime' } },
      'missing field(s): spec.consumerConfigTemplate.optStartTime',
    ],
    [{ consumerConfigTemplate: { ackWait: '-5s' } }, 'invalid value: -5s: spec.consumerConfigTemplate.ackWait'],
  ])('what would lose acknowledged events, or is no value: %j', (spec, text) => {
    expect(firstLine(refusal(nats(spec)))).toBe(text);
  });
});
