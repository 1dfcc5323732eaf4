/** KafkaSource and KafkaSink on a real Kafka: reference 6.9, 6.10, 12.6. */
import { expect } from 'vitest';
import { addressOf, conditionOf, type Json, type Thing } from '../support/api.ts';
import { send } from '../support/channels.ts';
import { consume, makeTopic, produce } from '../support/kafka-client.ts';
import { kafka } from '../support/kafka-target.ts';
import type { Probe } from '../support/probe.ts';
import { clause } from '../support/suite.ts';
import { until } from '../support/until.ts';
import type { Space } from '../support/world.ts';

const topicOf = (space: Space) => `topic-${space.namespace}`;

function sourceThing(space: Space, sink: Probe, more: Json = {}): Thing {
  return space.thing('KafkaSource', 's', {
    bootstrapServers: [kafka().servers],
    topics: [topicOf(space)],
    consumerGroup: `group-${space.namespace}`,
    sink: { uri: sink.url },
    ...more,
  });
}

/** A topic, and a source that reads it. */
async function source(space: Space, more: Json = {}, partitions = 1) {
  const sink = space.probe('sink');
  await makeTopic(topicOf(space), partitions);
  await space.create(sourceThing(space, sink, more));
  await space.ready('KafkaSource', 's');
  return sink;
}

const binary = (id: string) => ({
  headers: { ce_specversion: '1.0', ce_id: id, ce_source: '/kafka', ce_type: 'there', 'content-type': 'text/plain' },
  value: 'data',
});

clause('kafka.source-binary', async (space) => {
  const sink = await source(space);
  await produce(topicOf(space), [binary('b-1')]);
  const { headers, body } = await sink.one();
  expect([headers['ce-id'], headers['ce-source'], headers['ce-type'], body.toString()]).toEqual([
    'b-1',
    '/kafka',
    'there',
    'data',
  ]);
});

clause('kafka.source-structured', async (space) => {
  const sink = await source(space);
  const event = { specversion: '1.0', id: 's-1', source: '/kafka', type: 'there', data: { a: 1 } };
  const headers = { 'content-type': 'application/cloudevents+json' };
  await produce(topicOf(space), [{ headers, value: JSON.stringify(event) }]);
  const { headers: came, body } = await sink.one();
  const isStructured = came['content-type']?.startsWith('application/cloudevents+json') === true;
  const data: unknown = JSON.parse(body.toString());
  expect(isStructured ? data : { ...event, id: came['ce-id'], data }).toMatchObject(event);
});

clause('kafka.source-extensions', async (space) => {
  const sink = await source(space, { ceOverrides: { extensions: { team: 'blue' } } });
  await produce(topicOf(space), [binary('e-1')]);
  expect((await sink.one()).headers['ce-team']).toBe('blue');
});

/** Attributes of an event that was made of a plain record. */
async function wrapped(space: Space, sink: Probe) {
  const { headers, body } = await sink.one();
  expect(headers['ce-type']).toBe('dev.knative.kafka.event');
  expect(headers['ce-source']).toBe(`/apis/v1/namespaces/${space.namespace}/kafkasources/s#${topicOf(space)}`);
  return { key: headers['ce-key'], type: headers['content-type'], body: body.toString() };
}

clause('kafka.source-json', async (space) => {
  const sink = await source(space);
  const headers = { 'content-type': 'application/json' };
  await produce(topicOf(space), [{ key: 'k1', headers, value: '{"n": 1.0}' }]);
  expect(await wrapped(space, sink)).toEqual({ key: 'k1', type: 'application/json', body: '{"n": 1.0}' });
});

clause('kafka.source-json-bare', async (space) => {
  const sink = await source(space);
  await produce(topicOf(space), [{ value: '{"n": 1.0}' }]);
  expect(await wrapped(space, sink)).toMatchObject({ key: undefined, body: '{"n": 1.0}' });
});

clause('kafka.source-text', async (space) => {
  const sink = await source(space);
  await produce(topicOf(space), [{ headers: { 'content-type': 'text/plain' }, value: 'plain text' }]);
  expect(await wrapped(space, sink)).toMatchObject({ type: 'text/plain', body: 'plain text' });
});

const numbered = (count: number) =>
  Array.from({ length: count }, (_, number) => ({ key: `k${number}`, value: `value ${number}` }));

clause('kafka.source-transactional', async (space) => {
  const sink = await source(space);
  await produce(topicOf(space), numbered(10), true);
  const came = await sink.exactly(10);
  expect(came.map(({ body }) => body.toString()).sort()).toEqual(numbered(10).map(({ value }) => value));
});

clause('kafka.source-earliest', async (space) => {
  const sink = space.probe('sink');
  await makeTopic(topicOf(space));
  await produce(topicOf(space), [binary('early')]);
  await space.create(sourceThing(space, sink, { initialOffset: 'earliest' }));
  expect((await sink.one()).id).toBe('early');
});

clause('kafka.source-latest', async (space) => {
  const sink = space.probe('sink');
  await makeTopic(topicOf(space));
  await produce(topicOf(space), [binary('early')]);
  await space.create(sourceThing(space, sink, { initialOffset: 'latest' }));
  await space.ready('KafkaSource', 's');
  await produce(topicOf(space), [binary('late')]);
  expect((await sink.one()).id).toBe('late');
});

clause('kafka.source-consumers', async (space) => {
  const sink = await source(space, { consumers: 1 }, 3);
  await produce(topicOf(space), numbered(10));
  await sink.atLeast(10);
  await space.patch('KafkaSource', 's', { spec: { consumers: 3 } });
  const scaled = await space.ready('KafkaSource', 's');
  expect(scaled.status?.['consumers']).toBe(3);
  await produce(topicOf(space), numbered(10));
  await sink.exactly(20);
});

const key = (name: string) => ({ secretKeyRef: { name: 'way-in', key: name } });

clause('kafka.source-secret-later', async (space) => {
  const sink = space.probe('sink');
  const { user, password } = kafka().credentials;
  await makeTopic(topicOf(space));
  const net = { sasl: { enable: true, user: key('user'), password: key('password'), type: key('type') } };
  const bootstrapServers = [kafka().listener('SASL_PLAINTEXT')];
  await space.create(sourceThing(space, sink, { net, bootstrapServers, initialOffset: 'earliest' }));
  await space.until(
    'KafkaSource',
    's',
    'misses its secret',
    (thing) => conditionOf(thing, 'Ready')?.status === 'False',
  );
  await space.create({ ...space.thing('Secret', 'way-in'), stringData: { user, password, type: 'PLAIN' } });
  await space.ready('KafkaSource', 's');
  await produce(topicOf(space), [binary('secret')]);
  expect((await sink.one()).id).toBe('secret');
});

clause('kafka.source-tls', async (space) => {
  const { caCrt, userCrt, userKey } = kafka().tls;
  const stringData = { 'ca.crt': caCrt, 'user.crt': userCrt, 'user.key': userKey };
  await space.create({ ...space.thing('Secret', 'way-in'), stringData });
  const net = { tls: { enable: true, caCert: key('ca.crt'), cert: key('user.crt'), key: key('user.key') } };
  const sink = await source(space, { net, bootstrapServers: [kafka().listener('SSL')] });
  await produce(topicOf(space), [binary('tls')]);
  expect((await sink.one()).id).toBe('tls');
});

clause('kafka.source-sasl', async (space) => {
  const { user, password } = kafka().credentials;
  await makeTopic(topicOf(space));
  const sinks: Probe[] = [];
  for (const [index, type] of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'].entries()) {
    const sink = space.probe(`sink-${index}`);
    sinks.push(sink);
    await space.create({ ...space.thing('Secret', `way-in-${index}`), stringData: { user, password, type } });
    const from = (name: string) => ({ secretKeyRef: { name: `way-in-${index}`, key: name } });
    const thing = sourceThing(space, sink, {
      net: { sasl: { enable: true, user: from('user'), password: from('password'), type: from('type') } },
      bootstrapServers: [kafka().listener('SASL_PLAINTEXT')],
      consumerGroup: `group-${space.namespace}-${index}`,
    });
    await space.create({ ...thing, metadata: { ...thing.metadata, name: `s${index}` } });
    await space.ready('KafkaSource', `s${index}`);
  }
  await produce(topicOf(space), [binary('sasl')]);
  for (const sink of sinks) expect((await sink.one()).id).toBe('sasl');
});

clause('kafka.source-sink-update', async (space) => {
  const next = space.probe('next');
  const sink = await source(space);
  await produce(topicOf(space), [binary('one')]);
  // Until the change is in force the first sink may still get some.
  await sink.atLeast(1);
  await space.patch('KafkaSource', 's', { spec: { sink: { uri: next.url } } });
  await until(
    'the other sink is published',
    async () => (await space.ready('KafkaSource', 's')).status?.['sinkUri'],
    (uri) => uri === next.url,
  );
  await until(
    'the other sink gets what comes',
    async () => {
      await produce(topicOf(space), [binary('two')]);
      return next.received.length;
    },
    (count) => count > 0,
  );
});

/** A topic, and a KafkaSink that writes to it; sends one event and gives the record. */
async function sunk(space: Space, more: Json = {}) {
  await makeTopic(topicOf(space));
  await space.create(
    space.thing('KafkaSink', 'k', { topic: topicOf(space), bootstrapServers: [kafka().servers], ...more }),
  );
  const made = await space.ready('KafkaSink', 'k');
  const id = await send(addressOf(made), { data: 'data', attributes: { datacontenttype: 'text/plain' } });
  const [record] = await consume(topicOf(space), 1);
  return { id, record };
}

for (const mode of ['default', 'structured', 'binary'] as const) {
  clause(`kafka.sink-${mode}`, async (space) => {
    const { id, record } = await sunk(space, mode === 'default' ? {} : { contentMode: mode });
    if (mode !== 'structured') {
      expect([record?.value, record?.headers['ce_id']]).toEqual(['data', id]);
    } else {
      expect(record?.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
      expect(JSON.parse(record?.value ?? '')).toMatchObject({ id, data: 'data' });
    }
  });
}

/** Secrets by way in, and the listener that asks for them. */
const waysIn = () => {
  const { credentials, tls } = kafka();
  const sasl = (mechanism: string) => ({ protocol: 'SASL_PLAINTEXT', 'sasl.mechanism': mechanism, ...credentials });
  return {
    plain: ['plain', { protocol: 'PLAINTEXT' }],
    tls: ['SSL', { protocol: 'SSL', 'ca.crt': tls.caCrt, 'user.crt': tls.userCrt, 'user.key': tls.userKey }],
    'sasl-plain': ['SASL_PLAINTEXT', sasl('PLAIN')],
    'sasl-scram-256': ['SASL_PLAINTEXT', sasl('SCRAM-SHA-256')],
    'sasl-scram-512': [
      'SASL_SSL',
      { ...sasl('SCRAM-SHA-512'), protocol: 'SASL_SSL', 'ca.crt': tls.caCrt, 'user.skip': 'true' },
    ],
  } as const;
};

for (const way of ['plain', 'tls', 'sasl-plain', 'sasl-scram-256', 'sasl-scram-512'] as const) {
  clause(`kafka.sink-auth-${way}`, async (space) => {
    const [listener, stringData] = waysIn()[way];
    await space.create({ ...space.thing('Secret', 'way-in'), stringData });
    const bootstrapServers = [listener === 'plain' ? kafka().servers : kafka().listener(listener)];
    const { id, record } = await sunk(space, {
      bootstrapServers,
      contentMode: 'structured',
      auth: { secret: { ref: { name: 'way-in' } } },
    });
    expect(JSON.parse(record?.value ?? '')).toMatchObject({ id });
  });
}
