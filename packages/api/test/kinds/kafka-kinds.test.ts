/** KafkaSink, KafkaSource, and Brokers of class Kafka and NATS: reference 1.2, 1.7, 1.8, 6.9 and 11.1. */
import { describe, expect, it } from 'vitest';
import { kafkaSourceKind } from '../../src/kinds/index.ts';
import { admitted, broker, changeRefusal, firstLine, object, refusal } from './support.ts';

const withoutUndefined = (fields: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

const sink = (spec: Record<string, unknown> = {}) =>
  object('eventing.knative.dev/v1alpha1', 'KafkaSink', {
    spec: withoutUndefined({ topic: 't', bootstrapServers: ['k:9092'], ...spec }),
  });

const source = (spec: Record<string, unknown> = {}, parts: Record<string, unknown> = {}, version = 'v1') =>
  object(`sources.knative.dev/${version}`, 'KafkaSource', {
    ...parts,
    spec: withoutUndefined({ bootstrapServers: ['k:9092'], topics: ['t'], sink: { uri: 'http://s/' }, ...spec }),
  });

describe('KafkaSink', () => {
  it('1.8: "contentMode (default binary)"', () => {
    expect(admitted(sink()).spec).toEqual({ topic: 't', bootstrapServers: ['k:9092'], contentMode: 'binary' });
    expect(admitted(sink({ contentMode: 'structured' })).spec).toMatchObject({ contentMode: 'structured' });
  });

  it.each<[Record<string, unknown>, string]>([
    [{ topic: undefined }, 'missing field(s): spec.topic'],
    [{ topic: '' }, 'missing field(s): spec.topic'],
    [{ topic: 'a b' }, 'invalid value: a b: spec.topic'],
    [{ topic: '..' }, 'invalid value: ..: spec.topic'],
    [{ bootstrapServers: undefined }, 'missing field(s): spec.bootstrapServers'],
    [{ bootstrapServers: [] }, 'missing field(s): spec.bootstrapServers'],
    [{ bootstrapServers: ['k'] }, 'invalid value: k: spec.bootstrapServers[0]'],
    [{ numPartitions: 0, replicationFactor: 1 }, 'invalid value: 0: spec.numPartitions'],
    [{ numPartitions: 1, replicationFactor: -1 }, 'invalid value: -1: spec.replicationFactor'],
    [{ contentMode: 'json' }, 'invalid value: json: spec.contentMode'],
    [{ auth: { secret: { ref: {} } } }, 'missing field(s): spec.auth.secret.ref.name'],
    [{ topics: ['t'] }, 'unknown field; did you mean "topic"?: spec.topics'],
  ])('%j', (spec, text) => {
    expect(firstLine(refusal(sink(spec)))).toBe(text);
  });

  it.each([
    [{ numPartitions: 10, replicationFactor: 3 }],
    [{ numPartitions: 10 }],
    [{ auth: { secret: { ref: { name: 's' } } } }],
    [{ bootstrapServers: ['a:1,b:2', '[::1]:3'] }],
  ])('accepted: %j', (spec) => {
    expect(refusal(sink(spec))).toBe('');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ topic: 'u' }, 'Immutable field updated: spec.topic'],
    [{ numPartitions: 2 }, 'Immutable field updated: spec.numPartitions'],
    [{ replicationFactor: 2 }, 'Immutable field updated: spec.replicationFactor'],
    [{ bootstrapServers: ['l:9092'], contentMode: 'structured' }, ''],
  ])('a change to %j', (spec, text) => {
    const right = { numPartitions: 1, replicationFactor: 1 };
    expect(firstLine(changeRefusal(sink(right), sink({ ...right, ...spec })))).toBe(text);
  });
});

describe('KafkaSource', () => {
  const uid = '7c0a1c40-7a24-4c54-9f0c-0f9d8a4b1c2d';
  const withUid = (value: ReturnType<typeof source>) => ({ ...value, metadata: { ...value.metadata, uid } });

  it('1.7: "consumerGroup knative-kafka-source-<uuid>, consumers 1, initialOffset latest, ordering ordered"', () => {
    const ref = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b' };
    expect(admitted(withUid(source({ sink: { ref }, delivery: { deadLetterSink: { ref } } }))).spec).toEqual({
      bootstrapServers: ['k:9092'],
      topics: ['t'],
      consumerGroup: `knative-kafka-source-${uid}`,
      consumers: 1,
      initialOffset: 'latest',
      ordering: 'ordered',
      sink: { ref: { ...ref, namespace: 'default' } },
      delivery: { deadLetterSink: { ref: { ...ref, namespace: 'default' } } },
    });
  });

  it('the same object has the same group, however often it is defaulted', () => {
    const once = admitted(withUid(source()));
    expect(admitted(once)).toEqual(once);
    expect(changeRefusal(withUid(source()), withUid(source({ topics: ['u'] })))).toBe('');
  });

  it.each<[Record<string, unknown>, string]>([
    [{ bootstrapServers: undefined }, 'missing field(s): spec.bootstrapServers'],
    [{ topics: undefined }, 'missing field(s): spec.topics'],
    [{ topics: [] }, 'missing field(s): spec.topics'],
    [{ topics: ['t', 'a/b'] }, 'invalid value: a/b: spec.topics[1]'],
    [{ initialOffset: 'newest' }, 'invalid value: newest: spec.initialOffset'],
    [{ ordering: 'none' }, 'invalid value: none: spec.ordering'],
    [{ consumers: -1 }, 'invalid value: -1: spec.consumers'],
    [{ sink: undefined }, 'expected at least one, got none: spec.sink.ref, spec.sink.uri'],
    [{ delivery: { retry: -1 } }, 'invalid value: -1: spec.delivery.retry'],
    [{ ceOverrides: { extensions: { 'a-b': 'x' } } }, 'invalid key name "a-b": spec.ceOverrides.extensions'],
    [{ net: { sasl: { enabled: true } } }, 'unknown field; did you mean "enable"?: spec.net.sasl.enabled'],
  ])('%j', (spec, text) => {
    expect(firstLine(refusal(source(spec)))).toBe(text);
  });

  const label = 'kafkasources.sources.knative.dev/key-type';
  it('6.9: "string (default), int, float, byte-array": another key type is refused', () => {
    const labelled = (value: string) => source({}, { labels: { [label]: value } });
    for (const value of ['string', 'int', 'float', 'byte-array']) expect(refusal(labelled(value))).toBe('');
    expect(refusal(labelled('long'))).toBe(
      `invalid value: long: metadata.labels[${label}]\nexpected string, int, float, byte-array`,
    );
  });

  it('position and flow control by annotation, as Triggers have them', () => {
    const annotated = (name: string, value: string) => refusal(source({}, { annotations: { [name]: value } }));
    expect(annotated('millrace.dev/start', '2026-01-31T09:30:00Z')).toBe('');
    expect(annotated('millrace.dev/paused', 'true')).toBe('');
    expect(firstLine(annotated('millrace.dev/max-in-flight', '0'))).toBe(
      'invalid value: 0: metadata.annotations[millrace.dev/max-in-flight]',
    );
  });

  it('1.7: "consumerGroup immutable"', () => {
    const text = changeRefusal(source({ consumerGroup: 'a' }), source({ consumerGroup: 'b' }));
    expect(firstLine(text)).toBe('Immutable fields changed (-old +new): spec.consumerGroup');
  });

  it('1.7: "v1 adds net.sasl.tokenProvider": no version loses a field', () => {
    const ref = { secretKeyRef: { name: 's', key: 'k' } };
    const newer = source({ net: { sasl: { enable: true, tokenProvider: ref, roleARN: ref } } });
    const stored = admitted(newer);
    expect(stored.apiVersion).toBe('sources.knative.dev/v1beta1');
    expect(kafkaSourceKind.convert(stored, 'v1').spec).toEqual(stored.spec);
    expect(refusal(stored)).toBe('');
  });
});

describe('Broker classes', () => {
  const of = (brokerClass: string, more: Record<string, string> = {}, spec?: Record<string, unknown>) =>
    broker({ annotations: { 'eventing.knative.dev/broker.class': brokerClass, ...more }, ...(spec && { spec }) });
  const config = (kind: string, namespace = 'default') => ({
    config: { apiVersion: 'v1', kind, name: 'c', namespace },
  });
  const external = 'kafka.eventing.knative.dev/external.topic';
  const nats = 'natsjetstream.eventing.knative.dev/config';

  it.each<[string, ReturnType<typeof of>, string]>([
    [
      '1.2: "Kafka\'s own webhook additionally requires spec.config.kind = ConfigMap"',
      of('Kafka', {}, config('Secret')),
      'invalid value: Secret: spec.config.kind\nExpected ConfigMap',
    ],
    ['Kafka: a ConfigMap in another namespace', of('Kafka', {}, config('ConfigMap', 'knative-eventing')), ''],
    [
      '1.2: "for KafkaNamespaced, the same namespace"',
      of('KafkaNamespaced', {}, config('ConfigMap', 'knative-eventing')),
      'invalid value: knative-eventing: spec.config.namespace\nExpected ConfigMap in same namespace with broker resource',
    ],
    ['KafkaNamespaced: its own namespace', of('KafkaNamespaced', {}, config('ConfigMap')), ''],
    ['an external topic', of('Kafka', { [external]: 'orders' }), ''],
    [
      'an external topic without a name',
      of('Kafka', { [external]: '' }),
      `missing field(s): metadata.annotations[${external}]`,
    ],
    ['settings of JetStream as JSON', of('NatsJetStreamBroker', { [nats]: '{"stream": {}}' }), ''],
    [
      'settings of JetStream that are no JSON',
      of('NatsJetStreamBroker', { [nats]: 'x' }),
      `invalid value: x: metadata.annotations[${nats}]\nexpected a JSON object such as {"stream": {}}`,
    ],
    ['annotations of other classes mean nothing', of('Millrace', { [nats]: 'x', [external]: '' }), ''],
  ])('%s', (_what, value, text) => {
    expect(refusal(value)).toBe(text);
  });

  it('a Broker stays with its external topic: its Triggers have their positions there', () => {
    const text = changeRefusal(of('Kafka', { [external]: 'a' }), of('Kafka', { [external]: 'b' }));
    expect(firstLine(text)).toBe('Immutable annotations changed (-old +new): annotations');
  });
});
