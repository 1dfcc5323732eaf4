/** What an answer means. Sources: reference 3.3, 3.5, 4.2 and its table of status codes; design section 7. */
import { expect, test } from 'vitest';
import { deliverer, httpSubscriber, rawSubscriber, send } from './support/servers.ts';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

const BINARY = {
  'ce-specversion': '1.0',
  'ce-id': 'r-1',
  'ce-source': '/reply',
  'ce-type': 'reply.event',
  'content-type': 'text/plain',
};
const STRUCTURED = '{"specversion":"1.0","id":"r-1","source":"/reply","type":"reply.event","data": {"a" : 1.0}}';

async function answer(status: number, headers: Record<string, string> = {}, body: string | Uint8Array = '') {
  const subscriber = await httpSubscriber((_, response) => response.writeHead(status, headers).end(body));
  return send(deliverer(), subscriber.url);
}

test.each([200, 201, 202, 204, 299])('2xx: %i with an empty body is accepted without a reply', async (status) => {
  const outcome = await answer(status);
  expect(outcome).toMatchObject({ kind: 'accepted', statusCode: status });
  expect(outcome).not.toHaveProperty('reply');
});

test.each([300, 304, 400, 401, 403, 404, 405, 408, 409, 410, 413, 415, 422, 429, 500, 501, 502, 503, 504, 599])(
  'reference 13, table of codes: %i refuses, with its code',
  async (status) => {
    expect(await answer(status, {}, status === 304 ? '' : 'no')).toMatchObject({ kind: 'refused', statusCode: status });
  },
);

test('reference 4.2: Retry-After is handed on as it came', async () => {
  const date = 'Wed, 21 Oct 2026 07:28:00 GMT';
  expect(await answer(429, { 'retry-after': '7' })).toMatchObject({ statusCode: 429, retryAfter: '7' });
  expect(await answer(503, { 'retry-after': date })).toMatchObject({ statusCode: 503, retryAfter: date });
  expect(await answer(503)).not.toHaveProperty('retryAfter');
});

test('design 7: the first 1,024 bytes of a refusal are kept', async () => {
  const outcome = await answer(422, {}, 'x'.repeat(5_000));
  expect(outcome).toMatchObject({ kind: 'refused', statusCode: 422 });
  expect(outcome.kind === 'refused' && Buffer.from(outcome.body).toString()).toBe('x'.repeat(1_024));
});

test('reference 3.5: a binary-mode event in a 200 is a reply, with the headers that travel', async () => {
  const outcome = await answer(200, { ...BINARY, 'knative-x': '1', 'x-other': '2' }, 'hello');
  expect(outcome).toMatchObject({
    kind: 'accepted',
    statusCode: 200,
    reply: { specversion: '1.0', attributes: { id: 'r-1', type: 'reply.event', datacontenttype: 'text/plain' } },
    replyHeaders: ['knative-x', '1'],
  });
  expect(outcome.kind === 'accepted' && Buffer.from(outcome.reply?.data ?? []).toString()).toBe('hello');
});

test('a binary-mode event without a body is a reply too', async () => {
  const { 'content-type': _, ...headers } = BINARY;
  expect(await answer(200, headers)).toMatchObject({ kind: 'accepted', reply: { attributes: { id: 'r-1' } } });
});

test('a structured-mode event in a 201 is a reply, its data byte for byte', async () => {
  const outcome = await answer(201, { 'content-type': 'application/cloudevents+json; charset=utf-8' }, STRUCTURED);
  expect(outcome).toMatchObject({ kind: 'accepted', statusCode: 201, reply: { attributes: { id: 'r-1' } } });
  expect(outcome.kind === 'accepted' && Buffer.from(outcome.reply?.data ?? []).toString()).toBe('{"a" : 1.0}');
});

test('data plane specification: a 202 MUST NOT be treated as a reply', async () => {
  const outcome = await answer(202, BINARY, 'hello');
  expect(outcome).toMatchObject({ kind: 'accepted', statusCode: 202 });
  expect(outcome).not.toHaveProperty('reply');
});

test.each([
  ['a body that is no CloudEvent', {}, 'OK', /not a CloudEvent/],
  ['a broken event in binary mode', { ...BINARY, 'ce-type': '' }, 'x', /broken: type/],
  ['a broken event in structured mode', { 'content-type': 'application/cloudevents+json' }, '{"id":', /broken/],
  ['an unknown specversion', { ...BINARY, 'ce-specversion': '9.0' }, 'x', /specversion/],
  ['a batch', { 'content-type': 'application/cloudevents-batch+json' }, `[${STRUCTURED}]`, /batch/],
])('reference 3.3: a 200 with %s counts as 502 and says why', async (_, headers, body, note) => {
  const outcome = await answer(200, headers, body);
  expect(outcome).toMatchObject({ kind: 'refused', statusCode: 502, note: expect.stringMatching(note) });
  expect(outcome.kind === 'refused' && Buffer.from(outcome.body).toString()).toBe(body);
});

test('an answer larger than the limit counts as 502, and its connection is destroyed', async () => {
  const subscriber = await httpSubscriber((_, response) => {
    response.writeHead(200, BINARY);
    const more = () => {
      while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
      response.once('drain', more);
    };
    more();
  });
  const outcome = await send(deliverer({ answerBytes: 1_000_000 }), subscriber.url);
  expect(outcome).toMatchObject({ kind: 'refused', statusCode: 502, note: expect.stringMatching(/larger/) });
  expect(outcome.kind === 'refused' && outcome.body.byteLength).toBe(1_024);
  await until(() => subscriber.sockets.size).toBe(0);
});

test('a refusal with an endless body keeps its code', async () => {
  const subscriber = await httpSubscriber((_, response) => {
    response.writeHead(500);
    const more = () => {
      while (response.write(Buffer.alloc(65_536))) if (response.destroyed) return;
      response.once('drain', more);
    };
    more();
  });
  expect(await send(deliverer({ answerBytes: 500_000 }), subscriber.url)).toMatchObject({
    kind: 'refused',
    statusCode: 500,
  });
});

test('bodies are drained: connections are used again', async () => {
  const subscriber = await httpSubscriber((_, response) => response.writeHead(500).end('x'.repeat(100_000)));
  const to = deliverer();
  const ports = new Set<number | undefined>();
  for (let i = 0; i < 20; i += 1) {
    await send(to, subscriber.url);
    for (const socket of subscriber.sockets) ports.add(socket.remotePort);
  }
  // A connection is free again one turn of the event loop after its answer: two take turns.
  expect(ports.size).toBeLessThanOrEqual(2);
});

test('1xx answers before the real one are passed over', async () => {
  const subscriber = await rawSubscriber((socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n');
    socket.write('HTTP/1.1 204 No Content\r\n\r\n');
  });
  expect(await send(deliverer(), subscriber.url)).toMatchObject({ kind: 'accepted', statusCode: 204 });
});

test('canary: the table above tells 200 from 202', async () => {
  const outcome = await answer(200, BINARY, 'hello');
  expect(() => expect(outcome).not.toHaveProperty('reply')).toThrow();
});
