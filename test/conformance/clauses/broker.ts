/** Events through a Broker: routing, replies, what a subscriber sees. */
import { expect } from 'vitest';
import { call } from '../support/http.ts';
import { failFirst, type Probe, reply, status } from '../support/probe.ts';
import { question, through, workflow } from '../support/scenes.ts';
import { clause, world } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

clause('route.no-filter', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink });
  const ids = [await space.send({ attributes: { type: 'a' } }), await space.send({ attributes: { type: 'b' } })];
  expect((await sink.exactly(2)).map(({ id }) => id).sort()).toEqual(ids.sort());
});

clause('route.not-matching', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink, filter: { type: 'wanted' } });
  expect(await space.matched(await space.send({ attributes: { type: 'other' } }))).toEqual([]);
  await sink.exactly(0);
});

clause('route.matching', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink, filter: { type: 'wanted', source: '/here' } });
  const id = await space.send({ attributes: { type: 'wanted', source: '/here' } });
  expect((await sink.one()).id).toBe(id);
});

clause('route.two-both', async (space) => {
  const [one, two] = [space.probe('one'), space.probe('two')];
  await space.broker();
  await space.triggers({
    one: { subscriber: one, filter: { type: 'wanted' } },
    two: { subscriber: two, filter: { source: '/here' } },
  });
  const id = await space.send({ attributes: { type: 'wanted', source: '/here' } });
  expect([(await one.one()).id, (await two.one()).id]).toEqual([id, id]);
});

clause('route.two-one', async (space) => {
  const [one, two] = [space.probe('one'), space.probe('two')];
  await space.broker();
  await space.triggers({
    one: { subscriber: one, filter: { type: 'wanted' } },
    two: { subscriber: two, filter: { type: 'other' } },
  });
  expect(await space.matched(await space.send({ attributes: { type: 'wanted' } }))).toEqual(['one']);
  await one.one();
  await two.exactly(0);
});

clause('route.reply', async (space) => {
  const first = space.probe('first', reply({ type: 'answer' }, 'pong'));
  const { id, second } = await question(space, first);
  const answer = await second.one();
  expect([answer.id, answer.body.toString()]).toEqual([`${id}-reply`, 'pong']);
  await first.one();
});

clause('route.two-unfiltered', async (space) => {
  const [one, two] = [space.probe('one'), space.probe('two')];
  await space.broker();
  await space.triggers({ one: { subscriber: one }, two: { subscriber: two } });
  await space.send();
  await space.send();
  await one.exactly(2);
  await two.exactly(2);
});

clause('route.unchanged', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink });
  const attributes = {
    id: 'unchanged',
    type: 'com.example.type',
    source: 'urn:example:source',
    subject: 'a%20subject',
    time: '2026-01-31T09:30:00.123456789+02:00',
    dataschema: 'http://schema.example/1',
    datacontenttype: 'application/json',
    myextension: 'value',
  };
  const data = '{ "n": 12345678901234567890, "x": 1.0, "x": 1.0 }';
  await space.send({ attributes, data });
  const { headers, body } = await sink.one();
  const { datacontenttype, ...rest } = attributes;
  const wanted = Object.fromEntries(Object.entries(rest).map(([name, value]) => [`ce-${name}`, value]));
  // Kafka says besides where the event is.
  const added = /^ce-knative(?:arrivaltime|kafka)/;
  const came = Object.entries(headers).filter(([name]) => name.startsWith('ce-') && !added.test(name));
  expect(Object.fromEntries(came)).toEqual({ 'ce-specversion': '1.0', ...wanted });
  expect(headers['content-type']).toBe(datacontenttype);
  expect(body.toString()).toBe(data);
});

clause('route.isolated', async (space) => {
  const [own, other] = [space.probe('own'), space.probe('other')];
  await Promise.all([space.broker('own'), space.broker('other')]);
  await space.triggers({ own: { broker: 'own', subscriber: own }, other: { broker: 'other', subscriber: other } });
  await space.send({}, 'own');
  await own.one();
  await other.exactly(0);
});

/** Every pair of values, `""` among them as a filter for anything; one event for each pair of values. */
async function matrix(space: Space, names: readonly [string, string], values: readonly string[]): Promise<void> {
  const [first, second] = names;
  const filters = ['', ...values.slice(1)];
  const sinks = new Map<string, Probe>();
  await space.broker();
  await Promise.all(
    filters.flatMap((a, i) =>
      filters.map(async (b, j) => {
        const sink = space.probe(`sink-${i}-${j}`);
        sinks.set(`${a}|${b}`, sink);
        await space.trigger(`t-${i}-${j}`, { subscriber: sink, filter: { [first]: a, [second]: b } });
      }),
    ),
  );
  await Promise.all(
    values.flatMap((a) => values.map((b) => space.send({ attributes: { id: `${a}|${b}`, [first]: a, [second]: b } }))),
  );
  for (const [key, sink] of sinks) {
    const [a = '', b = ''] = key.split('|');
    const wanted = values.flatMap((x) =>
      values.flatMap((y) => ((a || x) === x && (b || y) === y ? [`${x}|${y}`] : [])),
    );
    const came = await sink.exactly(wanted.length, key);
    expect(came.map(({ id }) => id).sort()).toEqual(wanted.sort());
    expect(new Set(came.map(({ headers }) => headers['kn-namespace']))).toEqual(new Set([space.namespace]));
  }
}

clause('many.4x4', (space) => matrix(space, ['type', 'source'], ['v0', 'v1', 'v2', 'v3']));

clause('many.8x8', (space) => matrix(space, ['extone', 'exttwo'], ['v0', 'v1', 'v2', 'v3', 'v4', 'v5', 'v6', 'v7']));

clause('workflow.transformed', async (space) => {
  const { sink } = await workflow(space);
  const { type, body } = await sink.one();
  expect([type, body.toString()]).toEqual(['transformed', 'new data']);
});

clause('workflow.original', async (space) => {
  const { sink, transformer } = await workflow(space);
  const [came] = await sink.exactly(1);
  const [original] = await transformer.exactly(1);
  expect([came?.type, original?.type]).toEqual(['transformed', 'original']);
});

clause('workflow.chain', async (space) => {
  const sink = space.probe('sink');
  await Promise.all([space.broker('first'), space.broker('second')]);
  const ref = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'second' };
  await space.triggers({ on: { broker: 'first', subscriber: { ref } }, end: { broker: 'second', subscriber: sink } });
  const id = await space.send({}, 'first');
  expect((await sink.one()).id).toBe(id);
});

clause('prefer-reply', async (space) => {
  expect((await through(space, {})).headers['prefer']).toBe('reply');
});

clause('kn-namespace', async (space) => {
  expect((await through(space, {})).headers['kn-namespace']).toBe(space.namespace);
});

clause('long.message', async (space) => {
  const data = 'x'.repeat(36_864);
  const { body } = await through(space, { attributes: { datacontenttype: 'text/plain' }, data });
  expect(body.toString() === data).toBe(true);
});

clause('long.response', async (space) => {
  const data = 'y'.repeat(36_000);
  const [asks, sink] = [space.probe('asks', reply({ type: 'long' }, data)), space.probe('sink')];
  await space.broker();
  await space.triggers({
    asks: { subscriber: asks, filter: { type: 'short' } },
    sink: { subscriber: sink, filter: { type: 'long' } },
  });
  await space.send({ attributes: { type: 'short' } });
  expect((await sink.one()).body.toString() === data).toBe(true);
});

clause('ok-beside-bad', async (space) => {
  const [bad, hanging, good] = [space.probe('bad', status(500)), space.probe('hanging', () => {}), space.probe('good')];
  await space.broker();
  await space.triggers({
    bad: { subscriber: bad, delivery: { retry: 5, backoffDelay: 'PT60S' } },
    hanging: { subscriber: hanging, delivery: { timeout: 'PT60S' } },
    good: { subscriber: good },
  });
  for (let count = 0; count < 20; count += 1) await space.send();
  await good.exactly(20);
  await bad.atLeast(1);
  await hanging.atLeast(1);
});

clause('format.json', async (space) => {
  const { headers, body } = await through(
    space,
    { data: '{"a":1}', attributes: { datacontenttype: 'application/json' } },
    { format: 'json' },
  );
  expect(headers['content-type']).toMatch(/^application\/cloudevents\+json/);
  expect(JSON.parse(body.toString())).toMatchObject({ specversion: '1.0', type: 'com.example.test', data: { a: 1 } });
});

clause('format.binary', async (space) => {
  const { headers, body } = await through(
    space,
    { mode: 'structured', data: 'text', attributes: { datacontenttype: 'text/plain' } },
    { format: 'binary' },
  );
  expect([headers['ce-type'], headers['content-type'], body.toString()]).toEqual([
    'com.example.test',
    'text/plain',
    'text',
  ]);
});

clause('format.unset', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink });
  await space.send({ mode: 'structured', data: 'text' });
  const [structured] = await sink.atLeast(1);
  await space.send();
  const [, binary] = await sink.exactly(2);
  expect(structured?.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
  expect(binary?.headers['ce-type']).toBe('com.example.test');
});

clause('header.knative', async (space) => {
  const { headers } = await through(space, { headers: { 'knative-hello': 'world' } });
  expect(headers['knative-hello']).toBe('world');
});

clause('header.request-id', async (space) => {
  const sent = { 'x-request-id': 'r-1', 'x-b3-traceid': '463ac35c9f6413ad48485a3953bb6124', 'X-B3-Sampled': '1' };
  const { headers } = await through(space, { headers: sent });
  expect(headers).toMatchObject({ 'x-request-id': 'r-1', 'x-b3-traceid': sent['x-b3-traceid'], 'x-b3-sampled': '1' });
});

clause('header.authorization', async (space) => {
  const sent = { authorization: 'Bearer secret', cookie: 'a=b', 'x-custom': 'x', accept: 'text/html' };
  const { headers } = await through(space, { headers: sent });
  for (const name of ['authorization', 'cookie', 'x-custom']) expect(headers[name]).toBeUndefined();
  expect(headers['accept']).not.toBe('text/html');
});

clause('consumer.version', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink });
  await space.send({ attributes: { specversion: '0.3', id: 'old' } });
  await space.send({ attributes: { specversion: '1.0', id: 'new' } });
  const came = await sink.exactly(2);
  expect(Object.fromEntries(came.map(({ id, headers }) => [id, headers['ce-specversion']]))).toEqual({
    old: '0.3',
    new: '1.0',
  });
});

clause('consumer.structured', async (space) => {
  const attributes = { id: 's-1', subject: 'about', time: '2026-01-31T09:30:00Z', ext: 'value', count: 7, flag: true };
  const { body } = await through(space, { mode: 'structured', attributes, data: 'text' });
  expect(JSON.parse(body.toString())).toMatchObject({ ...attributes, specversion: '1.0', data: 'text' });
});

clause('consumer.at-least-once', async (space) => {
  const sink = space.probe('sink', failFirst(3));
  await space.broker('default', { retry: 5, backoffDelay: 'PT0.05S' });
  await space.trigger('t', { subscriber: sink });
  const ids = await Promise.all(Array.from({ length: 100 }, () => space.send()));
  await sink.exactly(103);
  expect(new Set(sink.received.map(({ id }) => id))).toEqual(new Set(ids));
});

clause('consumer.paths', async (space) => {
  const sink = space.probe('deep/path');
  await space.create(space.thing('Service', 'consumer', {}, { 'millrace.dev/url': world.probes.origin }));
  await space.broker();
  const ref = { apiVersion: 'v1', kind: 'Service', name: 'consumer' };
  await space.trigger('t', { subscriber: { ref, uri: `/${space.namespace}/deep/path` } });
  await space.send();
  await sink.one();
  expect((await call(`${world.server.apiUrl}/healthz`)).status).toBe(200);
});

clause('consumer.sequence', async (space) => {
  const sinks = Array.from({ length: 5 }, (_, index) => space.probe(`sink-${index}`));
  await space.broker();
  await space.triggers(Object.fromEntries(sinks.map((subscriber, index) => [`t-${index}`, { subscriber }])));
  await space.send({ attributes: { ext: 'one' }, data: 'same' });
  const all = await Promise.all(sinks.map((sink) => sink.one()));
  const shown = all.map(({ headers, body }) =>
    JSON.stringify([headers['ce-id'], headers['ce-ext'], headers['ce-knativearrivaltime'], String(body)]),
  );
  expect(new Set(shown).size).toBe(1);
});
