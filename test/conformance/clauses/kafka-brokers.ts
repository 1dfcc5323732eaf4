/** Brokers of class Kafka and KafkaChannels on a real Kafka: reference 11.1, 11.2, 12.6. */
import { expect } from 'vitest';
import { conditionOf, isReady, type Json, type Thing } from '../support/api.ts';
import { channel, send, subscribed } from '../support/channels.ts';
import { consume, groups, makeTopic, removeTopic, shapeOf, topics } from '../support/kafka-client.ts';
import { kafka } from '../support/kafka-target.ts';
import { failFirst, type Probe, status } from '../support/probe.ts';
import { clause } from '../support/suite.ts';
import { kafkaChannel } from '../support/target.ts';
import { until } from '../support/until.ts';
import type { Space } from '../support/world.ts';

const classKafka = { 'eventing.knative.dev/broker.class': 'Kafka' };

/** A ConfigMap of the clause's own, and a Broker that names it. */
async function configured(
  space: Space,
  data: Readonly<Record<string, string>>,
  annotations: Json = {},
): Promise<Thing> {
  await space.create({ ...space.thing('ConfigMap', 'own'), data });
  const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'own', namespace: space.namespace };
  const marks = { ...classKafka, ...annotations } as Record<string, string>;
  return space.create(space.thing('Broker', 'own', { config, delivery: { retry: 0 } }, marks));
}

const servers = () => ({ 'bootstrap.servers': kafka().servers });
const oneOfEach = () => ({
  ...servers(),
  'default.topic.partitions': '1',
  'default.topic.replication.factor': '1',
});

const gone = (space: Space, kind: string, name: string) =>
  until(
    `${kind} ${name} is gone`,
    async () => (await space.api.get(kind, space.namespace, name)).code,
    (code) => code === 404,
  );

const topicGone = (topic: string) => until(`topic ${topic} is gone`, topics, (names) => !names.includes(topic));

async function remove(space: Space, kind: string, name: string): Promise<void> {
  expect((await space.api.remove(kind, space.namespace, name)).code).toBeLessThan(300);
  await gone(space, kind, name);
}

clause('kafka.ordered', async (space) => {
  const keys = ['a', 'b', 'c'];
  const sink = space.probe('sink', (response) => void setTimeout(() => response.writeHead(204).end(), 100));
  await space.broker();
  const annotations = { 'kafka.eventing.knative.dev/delivery.order': 'ordered' };
  await space.trigger('t', { subscriber: sink, annotations });
  for (let number = 0; number < 20; number++) {
    const partitionkey = keys[number % keys.length] ?? '';
    await space.send({ attributes: { id: `${partitionkey}-${number}`, partitionkey } });
  }
  const came = (await sink.exactly(20)).map(({ id }) => id);
  for (const key of keys) {
    const own = came.filter((id) => id.startsWith(key)).map((id) => Number(id.slice(2)));
    expect(own).toEqual(own.toSorted((x, y) => x - y));
  }
});

clause('kafka.topic-name', async (space) => {
  await space.broker();
  expect(await topics()).toContain(`knative-broker-${space.namespace}-default`);
});

clause('kafka.channel-topic', async (space) => {
  await channel(space, kafkaChannel, 'c');
  expect(await topics()).toContain(`knative-messaging-kafka.${space.namespace}.c`);
});

clause('kafka.topic-shape', async (space) => {
  await configured(space, { ...oneOfEach(), 'default.topic.partitions': '4' });
  await space.ready('Broker', 'own');
  expect(await shapeOf(`knative-broker-${space.namespace}-own`)).toEqual([4, 1]);
});

clause('kafka.channel-shape', async (space) => {
  await channel(space, kafkaChannel, 'c', { numPartitions: 3, replicationFactor: 1 });
  expect(await shapeOf(`knative-messaging-kafka.${space.namespace}.c`)).toEqual([3, 1]);
});

const groupOf = (thing: Thing) => (thing.status?.['annotations'] as Json | undefined)?.['group.id'];

clause('kafka.group', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  const group = `knative-trigger-${space.namespace}-t`;
  expect(groupOf(await space.trigger('t', { subscriber: sink }))).toBe(group);
  await space.send();
  await sink.one();
  await until(`group ${group} is there`, groups, (names) => names.includes(group));
});

clause('kafka.group-template', async (space) => {
  const metadata = { name: 'config-kafka-features', namespace: 'knative-eventing' };
  const data = { 'triggers.consumergroup.template': 'g-{{ .Namespace }}.{{ .Name }}' };
  const before = await space.broker().then(() => space.trigger('before', { subscriber: space.probe('before') }));
  expect((await space.api.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data })).code).toBe(201);
  try {
    const made = await space.trigger('t', { subscriber: space.probe('sink') });
    expect(groupOf(made)).toBe(`g-${space.namespace}.t`);
    // One that has its group keeps it.
    expect(groupOf((await space.api.get('Trigger', space.namespace, 'before')).body)).toBe(groupOf(before));
  } finally {
    await space.api.remove('ConfigMap', metadata.namespace, metadata.name);
  }
});

clause('kafka.latest', async (space) => {
  const [first, later] = [space.probe('first'), space.probe('later')];
  await space.broker();
  await space.trigger('first', { subscriber: first });
  await space.send();
  await first.atLeast(1);
  await space.trigger('later', { subscriber: later });
  const id = await space.send();
  expect((await later.one()).id).toBe(id);
});

clause('kafka.place', async (space) => {
  const [trigger, subscriber] = [space.probe('trigger'), space.probe('subscriber')];
  await space.broker();
  await space.trigger('t', { subscriber: trigger });
  await space.send();
  await send(await subscribed(space, kafkaChannel, { subscriber }));
  for (const probe of [trigger, subscriber]) {
    const { headers } = await probe.one();
    expect([headers['ce-knativekafkapartition'], headers['ce-knativekafkaoffset']]).toEqual(['0', '0']);
  }
});

clause('kafka.partition-key', async (space) => {
  await space.broker();
  await space.send({ attributes: { partitionkey: 'k' }, data: 'x' });
  const [record] = await consume(`knative-broker-${space.namespace}-default`, 1);
  expect(record?.key).toBe('k');
});

clause('kafka.binary-record', async (space) => {
  await space.broker();
  const id = await space.send({ attributes: { datacontenttype: 'text/plain', subject: 's' }, data: 'data' });
  const [record] = await consume(`knative-broker-${space.namespace}-default`, 1);
  expect(record?.value).toBe('data');
  expect(record?.headers).toMatchObject({
    ce_specversion: '1.0',
    ce_id: id,
    ce_source: '/conformance',
    ce_type: 'com.example.test',
    ce_subject: 's',
    'content-type': 'text/plain',
  });
});

const quick = { backoffPolicy: 'linear', backoffDelay: 'PT0.01S' };

/** One event to a subscriber that behaves so, with a dead letter sink. */
async function deliver(space: Space, subscriber: Probe | Json, delivery: Json = { retry: 0 }) {
  const dls = space.probe('dls');
  await space.broker();
  await space.trigger('t', { subscriber, delivery: { deadLetterSink: { uri: dls.url }, ...quick, ...delivery } });
  await space.send({ data: 'data' });
  return dls;
}

clause('kafka.dls-retries', async (space) => {
  const sink = space.probe('sink', status(500));
  const dls = await deliver(space, sink, { retry: 3 });
  expect((await dls.one()).body.toString()).toBe('data');
  await sink.exactly(4);
});

clause('kafka.dls-error', async (space) => {
  const sink = space.probe('sink', status(422));
  await (await deliver(space, sink, { retry: 3 })).one();
  await sink.exactly(1);
});

clause('kafka.dls-none', async (space) => {
  const sink = space.probe('sink', failFirst(1));
  const dls = await deliver(space, sink, { retry: 3 });
  await sink.exactly(2);
  await dls.exactly(0);
});

const large = 'x'.repeat(1_031);
const html = '<!doctype html><h1>Not here</h1>';
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Answers by clause, and the extensions of the dead letter. */
const letterRows: Readonly<
  Record<string, readonly [Probe['behaviour'], Readonly<Record<string, string | undefined>>]>
> = {
  'kafka.dls-no-data': [status(422), { 'ce-knativeerrorcode': '422', 'ce-knativeerrordata': undefined }],
  'kafka.dls-small-data': [status(422, 'small'), { 'ce-knativeerrordata': base64('small') }],
  'kafka.dls-large-data': [status(422, large), { 'ce-knativeerrordata': base64(large.slice(0, 1_024)) }],
  'kafka.dls-html': [
    status(404, html, { 'content-type': 'text/html' }),
    { 'ce-knativeerrorcode': '404', 'ce-knativeerrordata': base64(html) },
  ],
  'kafka.dls-header': [status(422, '', { 'Kne-Test': 'foo' }), { 'ce-test': 'foo', 'ce-knativeerrorcode': '422' }],
};

for (const [id, [behaviour, wanted]] of Object.entries(letterRows)) {
  clause(id, async (space) => {
    const sink = space.probe('sink', behaviour);
    const { headers } = await (await deliver(space, sink)).one();
    const came = Object.fromEntries(Object.keys(wanted).map((name) => [name, headers[name]]));
    expect(came).toEqual(wanted);
    expect(headers['ce-knativeerrordest']).toBe(sink.url);
  });
}

clause('kafka.dls-unreachable', async (space) => {
  // Port 1 is reserved and nobody listens there.
  const uri = 'http://127.0.0.1:1/';
  const { headers } = await (await deliver(space, { uri })).one();
  expect(headers['ce-knativeerrordest']).toBe(uri);
});

clause('kafka.trigger-finalizer', async (space) => {
  const foreign = { 'eventing.knative.dev/broker.class': 'Somebody' };
  await space.create(space.thing('Broker', 'foreign', {}, foreign));
  for (const broker of ['foreign', 'absent']) {
    await space.create(space.triggerThing(`of-${broker}`, { broker, subscriber: space.probe(broker) }));
  }
  await space.until(
    'Trigger',
    'of-absent',
    'says that its Broker is absent',
    (thing) => conditionOf(thing, 'BrokerReady')?.reason === 'BrokerDoesNotExist',
  );
  for (const name of ['of-foreign', 'of-absent']) {
    expect((await space.api.get('Trigger', space.namespace, name)).body.metadata.finalizers).toBeUndefined();
    await remove(space, 'Trigger', name);
  }
});

clause('kafka.recreated', async (space) => {
  const [before, after] = [space.probe('before'), space.probe('after')];
  await space.broker();
  await space.trigger('t', { subscriber: before });
  await space.send();
  await before.exactly(1);
  await remove(space, 'Trigger', 't');
  await remove(space, 'Broker', 'default');
  await space.broker();
  await space.trigger('t', { subscriber: after });
  const ids: string[] = [];
  for (let number = 0; number < 16; number++) ids.push(await space.send());
  expect((await after.exactly(16)).map(({ id }) => id).sort()).toEqual(ids.toSorted());
});

clause('kafka.deleted', async (space) => {
  await space.broker();
  await channel(space, kafkaChannel, 'c');
  await remove(space, 'Broker', 'default');
  await remove(space, 'KafkaChannel', 'c');
  await topicGone(`knative-broker-${space.namespace}-default`);
  await topicGone(`knative-messaging-kafka.${space.namespace}.c`);
});

const externalTopic = (topic: string) => ({ 'kafka.eventing.knative.dev/external.topic': topic });

clause('kafka.external', async (space) => {
  const [sink, topic] = [space.probe('sink'), `external-${space.namespace}`];
  await makeTopic(topic);
  await configured(space, servers(), externalTopic(topic));
  await space.ready('Broker', 'own');
  await space.trigger('t', { broker: 'own', subscriber: sink });
  const id = await space.send({}, 'own');
  expect((await sink.one()).id).toBe(id);
  expect((await consume(topic, 1))[0]?.headers['ce_id']).toBe(id);
  await remove(space, 'Broker', 'own');
  expect(await topics()).toContain(topic);
  expect(await topics()).not.toContain(`knative-broker-${space.namespace}-own`);
});

clause('kafka.delete-no-config', async (space) => {
  await configured(space, oneOfEach());
  await space.ready('Broker', 'own');
  await remove(space, 'ConfigMap', 'own');
  await remove(space, 'Broker', 'own');
  await topicGone(`knative-broker-${space.namespace}-own`);
});

clause('kafka.delete-no-secret', async (space) => {
  await space.create({ ...space.thing('Secret', 'way-in'), stringData: { protocol: 'PLAINTEXT' } });
  await configured(space, { ...oneOfEach(), 'auth.secret.ref.name': 'way-in' });
  await space.ready('Broker', 'own');
  await remove(space, 'Secret', 'way-in');
  await remove(space, 'Broker', 'own');
});

clause('kafka.delete-no-topic', async (space) => {
  const topic = `vanishing-${space.namespace}`;
  await makeTopic(topic);
  await configured(space, servers(), externalTopic(topic));
  await space.ready('Broker', 'own');
  await removeTopic(topic);
  await remove(space, 'Broker', 'own');
});

const notReady = (space: Space) =>
  space.until('Broker', 'own', 'is not ready', (thing) => conditionOf(thing, 'Ready') !== undefined && !isReady(thing));

clause('kafka.delete-bogus', async (space) => {
  await configured(space, { 'bootstrap.servers': 'no server at all', 'default.topic.partitions': 'many' });
  await notReady(space);
  await remove(space, 'Broker', 'own');
});

clause('kafka.delete-unreachable', async (space) => {
  // Port 1 is reserved and nobody listens there.
  await configured(space, { ...oneOfEach(), 'bootstrap.servers': '127.0.0.1:1' });
  await notReady(space);
  await remove(space, 'Broker', 'own');
});

clause('kafka.config-breaks', async (space) => {
  await configured(space, oneOfEach());
  await space.ready('Broker', 'own');
  await space.patch('ConfigMap', 'own', { data: { 'bootstrap.servers': 'no server at all' } });
  await notReady(space);
  await space.patch('ConfigMap', 'own', { data: servers() });
  await space.ready('Broker', 'own');
});
