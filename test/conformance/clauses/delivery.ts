/** What becomes of a delivery: attempts, replies that fail, dead letters. */
import { expect } from 'vitest';
import { statusRows } from '../ledger/delivery.ts';
import { failFirst, type Probe, reply, status } from '../support/probe.ts';
import { clause } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

/** Retries that come at once: what counts here is how many. */
const quick = { backoffPolicy: 'linear', backoffDelay: 'PT0.01S' };

/** One event to a subscriber that behaves so, with a dead letter sink. */
async function deliver(
  space: Space,
  behaviour: Probe['behaviour'],
  delivery: Readonly<Record<string, unknown>> = { retry: 0 },
  sent: Parameters<Space['send']>[0] = {},
) {
  const [sink, dls] = [space.probe('sink', behaviour), space.probe('dls')];
  await space.broker();
  await space.trigger('t', { subscriber: sink, delivery: { deadLetterSink: { uri: dls.url }, ...delivery } });
  const id = await space.send(sent);
  return { sink, dls, id };
}

for (const [code, attempts] of statusRows) {
  clause(`status.${code}`, async (space) => {
    const { sink, dls } = await deliver(space, status(code), { retry: 2, ...quick });
    const [end] = await space.settled('t');
    await sink.exactly(attempts);
    expect(end).toMatchObject(code < 300 ? { outcome: 'delivered' } : { outcome: 'dead-lettered', to: 'sink' });
    const came = await dls.exactly(code < 300 ? 0 : 1);
    expect(came.map(({ headers }) => headers['ce-knativeerrorcode'])).toEqual(code < 300 ? [] : [String(code)]);
  });
}

clause('status.redirect', async (space) => {
  const to = space.probe('to');
  for (const code of [307, 308]) {
    const sink = space.probe(`sink-${code}`, status(code, '', { location: to.url }));
    await space.broker(`b${code}`);
    await space.trigger(`t${code}`, { broker: `b${code}`, subscriber: sink });
    const id = await space.send({ data: `data ${code}` }, `b${code}`);
    const came = await to.atLeast(code - 306);
    expect([came[code - 307]?.id, came[code - 307]?.body.toString()]).toEqual([id, `data ${code}`]);
    await sink.one();
  }
});

clause('status.refused', async (space) => {
  const dls = space.probe('dls');
  await space.broker();
  // Port 1 is reserved and nobody listens there.
  await space.trigger('t', {
    subscriber: { uri: 'http://127.0.0.1:1/' },
    delivery: { retry: 2, ...quick, deadLetterSink: { uri: dls.url } },
  });
  await space.send();
  const [end] = await space.settled('t');
  // Three attempts at the subscriber and one at the dead letter sink.
  expect(end).toMatchObject({ outcome: 'dead-lettered', attempts: 4 });
  await dls.one();
});

clause('status.reset', async (space) => {
  const { sink, dls } = await deliver(
    space,
    (response, attempt) => void (attempt < 3 ? response.socket?.destroy() : response.writeHead(204).end()),
    { retry: 3, ...quick },
  );
  await space.settled('t');
  await sink.exactly(3);
  await dls.exactly(0);
});

clause('delivery.none', async (space) => {
  const sink = space.probe('sink', status(500));
  await space.create(space.thing('Broker', 'default', { delivery: {} }));
  await space.ready('Broker', 'default');
  await space.trigger('t', { subscriber: sink });
  await space.send();
  const [end] = await space.settled('t');
  expect(end).toMatchObject({ outcome: 'dead-lettered', to: 'store', attempts: 1 });
  await sink.one();
});

/** A Broker with retry 3 and a dead letter sink, and a Trigger whose subscriber fails so often. */
async function brokerRetries(space: Space, failures: number) {
  const [sink, dls] = [space.probe('sink', failFirst(failures)), space.probe('broker-dls')];
  await space.broker('default', { retry: 3, ...quick, deadLetterSink: { uri: dls.url } });
  await space.trigger('t', { subscriber: sink });
  await space.send();
  await space.settled('t');
  return { sink, dls };
}

clause('delivery.broker-retry', async (space) => {
  const { sink, dls } = await brokerRetries(space, 3);
  await sink.exactly(4);
  await dls.exactly(0);
});

clause('delivery.broker-dlq', async (space) => {
  const { sink, dls } = await brokerRetries(space, 4);
  await sink.exactly(4);
  await dls.one();
});

clause('delivery.trigger-retry', async (space) => {
  const { sink, dls } = await deliver(space, failFirst(3), { retry: 3, ...quick });
  await space.settled('t');
  await sink.exactly(4);
  await dls.exactly(0);
});

/** A Broker and a Trigger that both say how to deliver. */
async function bothSay(
  space: Space,
  broker: Readonly<Record<string, unknown>>,
  own: Readonly<Record<string, unknown>> | undefined,
  failures: number,
) {
  const [sink, brokerDls] = [space.probe('sink', failFirst(failures)), space.probe('broker-dls')];
  await space.broker('default', { ...broker, deadLetterSink: { uri: brokerDls.url } });
  await space.trigger('t', { subscriber: sink, ...(own === undefined ? {} : { delivery: own }) });
  await space.send();
  await space.settled('t');
  return { sink, brokerDls };
}

clause('delivery.trigger-overrides', async (space) => {
  const dls = space.probe('dls');
  const { sink, brokerDls } = await bothSay(
    space,
    { retry: 5, ...quick },
    { retry: 1, ...quick, deadLetterSink: { uri: dls.url } },
    9,
  );
  await sink.exactly(2);
  await dls.one();
  await brokerDls.exactly(0);
});

clause('delivery.who-exhausts', async (space) => {
  const [own, brokers] = [space.probe('own-dls'), space.probe('broker-dls')];
  const [first, second] = [space.probe('first', status(500)), space.probe('second', status(500))];
  await space.broker('default', { retry: 1, ...quick, deadLetterSink: { uri: brokers.url } });
  await space.triggers({
    first: { subscriber: first, delivery: { retry: 2, ...quick, deadLetterSink: { uri: own.url } } },
    second: { subscriber: second },
  });
  await space.send();
  expect((await own.one()).headers['ce-knativeerrordest']).toBe(first.url);
  expect((await brokers.one()).headers['ce-knativeerrordest']).toBe(second.url);
  await first.exactly(3);
  await second.exactly(2);
});

clause('redelivery.drop-first-5', async (space) => {
  const { sink, dls } = await deliver(space, failFirst(5), { retry: 5, ...quick });
  await space.settled('t');
  await sink.exactly(6);
  await dls.exactly(0);
});

clause('redelivery.fibonacci', async (space) => {
  const fibonacci = new Set([1, 2, 3, 5, 8]);
  const taken: string[] = [];
  const sink = space.probe('sink', (response, attempt, { id }) => {
    if (!fibonacci.has(attempt)) taken.push(id);
    response.writeHead(fibonacci.has(attempt) ? 500 : 204).end();
  });
  await space.broker();
  await space.trigger('t', { subscriber: sink, delivery: { retry: 5, ...quick } });
  const ids = await Promise.all(Array.from({ length: 5 }, () => space.send()));
  await space.settled('t', 5);
  await sink.exactly(10);
  expect(taken.toSorted()).toEqual(ids.toSorted());
});

clause('dls.unreachable', async (space) => {
  const [dls, uri] = [space.probe('dls'), 'http://127.0.0.1:1/nobody'];
  await space.broker();
  await space.trigger('t', { subscriber: { uri }, delivery: { retry: 0, deadLetterSink: { uri: dls.url } } });
  await space.send();
  const { headers } = await dls.one();
  expect([headers['ce-knativeerrordest'], headers['ce-knativeerrorcode']]).toEqual([uri, '500']);
});

clause('dls.code', async (space) => {
  const { sink, dls, id } = await deliver(space, status(422));
  const { headers } = await dls.one();
  expect([headers['ce-id'], headers['ce-knativeerrordest'], headers['ce-knativeerrorcode']]).toEqual([
    id,
    sink.url,
    '422',
  ]);
});

/** `knativeerrordata` for an answer with this body, decoded. */
async function errorData(space: Space, body: string, type: string): Promise<string> {
  const { dls } = await deliver(space, status(422, body, { 'content-type': type }));
  return Buffer.from(String((await dls.one()).headers['ce-knativeerrordata']), 'base64').toString();
}

clause('dls.data', async (space) =>
  expect(await errorData(space, '{"message":"no"}', 'application/json')).toBe('{"message":"no"}'),
);

clause('dls.html', async (space) => {
  const page = '<!doctype html>\n<html lang="en"><body>Not <b>found</b> \u{1F50D}</body></html>\n';
  expect(await errorData(space, page, 'text/html')).toBe(page);
});

clause('dls.1031', async (space) => {
  const body = `${'0123456789'.repeat(103)}!`;
  expect(body).toHaveLength(1031);
  expect(await errorData(space, body, 'text/plain')).toBe(body.slice(0, 1024));
});

clause('dls.no-data', async (space) => {
  const { dls } = await deliver(space, status(422));
  expect((await dls.one()).headers['ce-knativeerrordata']).toBeUndefined();
});

clause('dls.event', async (space) => {
  const { sink, dls } = await deliver(
    space,
    status(422, 'no'),
    { retry: 0 },
    { attributes: { subject: 's', ext: 'x' }, data: '{"n": 1.0}' },
  );
  const [tried, letter] = [await sink.one(), await dls.one()];
  const attributes = (headers: typeof tried.headers) =>
    Object.fromEntries(
      Object.entries(headers).filter(([name]) => name.startsWith('ce-') && !name.startsWith('ce-knativeerror')),
    );
  expect(attributes(letter.headers)).toEqual(attributes(tried.headers));
  expect(letter.body.toString()).toBe('{"n": 1.0}');
});

clause('dls.headers', async (space) => {
  const { dls } = await deliver(space, status(422));
  const { headers } = await dls.one();
  expect([headers['kn-namespace'], headers['prefer']]).toEqual([space.namespace, undefined]);
});

clause('dls.pass-through', async (space) => {
  const { dls } = await deliver(
    space,
    status(422),
    { retry: 0 },
    { headers: { 'knative-hello': 'world', authorization: 'Bearer x' } },
  );
  const { headers } = await dls.one();
  expect([headers['knative-hello'], headers['authorization']]).toEqual(['world', undefined]);
});

clause('dls.integer', async (space) => {
  const { dls } = await deliver(space, status(422), { retry: 0, format: 'json' });
  expect(JSON.parse((await dls.one()).body.toString())).toMatchObject({
    knativeerrorcode: 422,
    type: 'com.example.test',
  });
});

clause('dls.retried', async (space) => {
  const { sink, dls } = await deliver(space, status(500), { retry: 2, ...quick });
  dls.behaviour = failFirst(2, 503);
  await dls.exactly(3);
  await sink.exactly(3);
  const [end] = await space.settled('t');
  expect(end).toMatchObject({ outcome: 'dead-lettered', to: 'sink' });
});

clause('dls.ref', async (space) => {
  const [sink, dls] = [space.probe('sink', status(422)), space.probe('dls')];
  await space.create(space.thing('Service', 'letters', {}, { 'millrace.dev/url': dls.url }));
  await space.broker();
  const ref = { apiVersion: 'v1', kind: 'Service', name: 'letters' };
  await space.trigger('t', { subscriber: sink, delivery: { deadLetterSink: { ref } } });
  await space.send();
  await dls.one();
});

clause('dls.broker', async (space) => {
  const [sink, letters] = [space.probe('sink', status(422)), space.probe('letters')];
  await Promise.all([space.broker('default'), space.broker('letters')]);
  const ref = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'letters' };
  await space.triggers({
    t: { subscriber: sink, delivery: { deadLetterSink: { ref } } },
    letters: { broker: 'letters', subscriber: letters },
  });
  await space.send();
  expect((await letters.one()).headers['ce-knativeerrorcode']).toBe('422');
});

clause('dls.trigger-wins', async (space) => {
  const dls = space.probe('dls');
  const { brokerDls } = await bothSay(space, { retry: 0 }, { retry: 0, deadLetterSink: { uri: dls.url } }, 9);
  await dls.one();
  await brokerDls.exactly(0);
});

clause('dls.falls-back', async (space) => {
  const { sink, brokerDls } = await bothSay(space, { retry: 0 }, { retry: 1, ...quick }, 9);
  await brokerDls.one();
  await sink.exactly(2);
});

clause('precedence.replaces', async (space) => {
  const { sink, brokerDls } = await bothSay(space, { retry: 5, ...quick }, { timeout: 'PT5S' }, 9);
  await sink.one();
  await brokerDls.one();
});

clause('precedence.inherits', async (space) => {
  const { sink, brokerDls } = await bothSay(space, { retry: 4, ...quick }, undefined, 9);
  await sink.exactly(5);
  await brokerDls.one();
});

clause('dls.response-ignored', async (space) => {
  const [sink, other] = [space.probe('sink', status(422)), space.probe('other')];
  const dls = space.probe('dls', reply({ type: 'answer' }));
  await space.broker();
  await space.triggers({
    t: { subscriber: sink, filter: { type: 'question' }, delivery: { deadLetterSink: { uri: dls.url } } },
    other: { subscriber: other, filter: { type: 'answer' } },
  });
  await space.send({ attributes: { type: 'question' } });
  const [end] = await space.settled('t');
  expect(end).toMatchObject({ outcome: 'dead-lettered', to: 'sink' });
  await dls.one();
  await other.exactly(0);
});

clause('same-id', async (space) => {
  const { sink, id } = await deliver(
    space,
    failFirst(2),
    { retry: 3, ...quick },
    { attributes: { time: '2026-01-31T09:30:00Z' }, data: 'same' },
  );
  const came = await sink.exactly(3);
  const shown = came.map(({ headers, body }) =>
    JSON.stringify([headers['ce-id'], headers['ce-time'], headers['ce-knativearrivaltime'], String(body)]),
  );
  expect([new Set(shown).size, came[0]?.id]).toEqual([1, id]);
});
