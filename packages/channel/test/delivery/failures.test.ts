/** Subscribers and networks that behave badly: each attempt ends once, in time, with the right word for it. */
import { expect, test } from 'vitest';
import { deliverer, httpSubscriber, rawSubscriber, send } from './support/servers.ts';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

const HEAD = 'HTTP/1.1 200 OK\r\n';

test('hangs before the header: timeout, at the time that was given', async () => {
  const subscriber = await httpSubscriber(() => {});
  const outcome = await send(deliverer(), subscriber.url, { timeoutMs: 200 });
  expect(outcome).toMatchObject({ kind: 'no-answer', why: 'timeout', error: 'no answer within 0.2 s' });
  expect(outcome.kind === 'no-answer' && outcome.latencyMs).toBeGreaterThanOrEqual(199);
  expect(outcome.kind === 'no-answer' && outcome.latencyMs).toBeLessThan(2_000);
  await until(() => subscriber.sockets.size).toBe(0);
});

test('never accepts the body (half-open): timeout', async () => {
  const subscriber = await rawSubscriber((socket) => socket.pause());
  expect(await send(deliverer(), subscriber.url, { timeoutMs: 150 })).toMatchObject({ why: 'timeout' });
});

test('hangs within the body of a 200: timeout, for a reply may be missing', async () => {
  const subscriber = await rawSubscriber((socket) => socket.write(`${HEAD}content-length: 10\r\n\r\nabc`));
  expect(await send(deliverer(), subscriber.url, { timeoutMs: 150 })).toMatchObject({
    kind: 'no-answer',
    why: 'timeout',
  });
});

test('hangs within the body of a 400: refused, for the code is known', async () => {
  const subscriber = await rawSubscriber((socket) => socket.write('HTTP/1.1 400 No\r\ncontent-length: 10\r\n\r\nabc'));
  const outcome = await send(deliverer(), subscriber.url, { timeoutMs: 150 });
  expect(outcome).toMatchObject({ kind: 'refused', statusCode: 400 });
  expect(outcome.kind === 'refused' && Buffer.from(outcome.body).toString()).toBe('abc');
});

test('drips bytes beyond the timeout: the whole answer counts, not the gaps', async () => {
  const subscriber = await rawSubscriber((socket) => {
    socket.write(`${HEAD}content-length: 1000\r\n\r\n`);
    const drip = setInterval(() => socket.write('x'), 20);
    socket.on('close', () => clearInterval(drip));
  });
  const outcome = await send(deliverer(), subscriber.url, { timeoutMs: 200 });
  expect(outcome).toMatchObject({ kind: 'no-answer', why: 'timeout' });
});

test.each<[string, 'reset' | 'bad-answer', (url: string) => string]>([
  ['closes without a word', 'reset', () => ''],
  ['closes after the header', 'reset', () => `${HEAD}content-length: 5\r\n\r\n`],
  ['closes within a chunked body', 'reset', () => `${HEAD}transfer-encoding: chunked\r\n\r\n5\r\nab`],
  ['speaks no HTTP', 'bad-answer', () => 'SSH-2.0-OpenSSH_9.9\r\n'],
  ['sends broken chunks', 'bad-answer', () => `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nab\r\n`],
  ['sends two different lengths', 'bad-answer', () => `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nab`],
  ['sends an endless header', 'bad-answer', () => `${HEAD}x: ${'y'.repeat(100_000)}\r\n\r\n`],
  ['upgrades unasked', 'bad-answer', () => 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
])('a subscriber that %s: %s', async (_, why, bytes) => {
  const subscriber = await rawSubscriber((socket) => socket.end(bytes('')));
  const outcome = await send(deliverer(), subscriber.url);
  expect(outcome).toMatchObject({ kind: 'no-answer', why });
  expect(outcome.kind === 'no-answer' && outcome.error).not.toMatch(/\n|\bat .*:\d+/);
});

test('a reset after the header of a 503 keeps the code and Retry-After', async () => {
  const subscriber = await rawSubscriber((socket) => {
    socket.write('HTTP/1.1 503 Busy\r\nretry-after: 3\r\ncontent-length: 10\r\n\r\nabc', () =>
      socket.resetAndDestroy(),
    );
  });
  expect(await send(deliverer(), subscriber.url)).toMatchObject({ kind: 'refused', statusCode: 503, retryAfter: '3' });
});

test('nobody listens: unreachable, with the code', async () => {
  const gone = await rawSubscriber(() => {});
  await gone.close();
  expect(await send(deliverer(), gone.url)).toMatchObject({
    kind: 'no-answer',
    why: 'unreachable',
    error: expect.stringContaining('ECONNREFUSED'),
  });
});

test('a name that does not exist: unreachable', async () => {
  const outcome = await send(deliverer(), 'http://no-such-host.invalid/', { timeoutMs: 10_000 });
  expect(outcome).toMatchObject({ kind: 'no-answer', why: 'unreachable' });
});

test('a server that restarts between two attempts gets the second one', async () => {
  const first = await httpSubscriber((_, response) => response.writeHead(200).end());
  const to = deliverer();
  expect(await send(to, first.url)).toMatchObject({ kind: 'accepted' });
  await first.close();
  expect(await send(to, first.url)).toMatchObject({ kind: 'no-answer', why: 'unreachable' });
  const second = await httpSubscriber((_, response) => response.writeHead(202).end(), first.port);
  expect(await send(to, second.url)).toMatchObject({ kind: 'accepted', statusCode: 202 });
});

test('users C6: a reset on a connection used before, with no byte of an answer, is sent again at once', async () => {
  const onConnection: number[] = [];
  const subscriber = await rawSubscriber((socket, request) => {
    onConnection.push(request);
    if (request === 1) socket.write(`${HEAD}content-length: 0\r\n\r\n`);
    else socket.resetAndDestroy();
  });
  const to = deliverer();
  expect(await send(to, subscriber.url)).toMatchObject({ kind: 'accepted' });
  // The connection is free again in the next turn of the event loop.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(await send(to, subscriber.url)).toMatchObject({ kind: 'accepted' });
  // The first of a connection, the second of the same one, which breaks, and the first of another.
  expect(onConnection).toEqual([1, 2, 1]);
});

test('users C6: a clean close on a connection used before is sent again too', async () => {
  const onConnection: number[] = [];
  const subscriber = await rawSubscriber((socket, request) => {
    onConnection.push(request);
    if (request === 1) socket.write(`${HEAD}content-length: 0\r\n\r\n`);
    else socket.end();
  });
  const to = deliverer();
  await send(to, subscriber.url);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(await send(to, subscriber.url)).toMatchObject({ kind: 'accepted' });
  expect(onConnection).toEqual([1, 2, 1]);
});

test('a reset on a new connection, and one within an answer, are not sent again', async () => {
  let requests = 0;
  const subscriber = await rawSubscriber((socket) => {
    requests += 1;
    socket.resetAndDestroy();
  });
  expect(await send(deliverer(), subscriber.url)).toMatchObject({ kind: 'no-answer', why: 'reset' });
  expect(requests).toBe(1);

  let later = 0;
  const partial = await rawSubscriber((socket, request) => {
    later += 1;
    if (request === 1) socket.write(`${HEAD}content-length: 0\r\n\r\n`);
    else socket.write('HTTP/1.1 200', () => socket.resetAndDestroy());
  });
  const to = deliverer();
  await send(to, partial.url);
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(await send(to, partial.url)).toMatchObject({ kind: 'no-answer', why: 'reset' });
  expect(later).toBe(2);
});

test('cancelled in flight: says so at once, and the connection is gone', async () => {
  const subscriber = await httpSubscriber(() => {});
  const shutdown = new AbortController();
  const attempt = send(deliverer(), subscriber.url, {}, shutdown.signal);
  await until(() => subscriber.seen.length).toBe(1);
  shutdown.abort();
  expect(await attempt).toEqual({ kind: 'cancelled' });
  await until(() => subscriber.sockets.size).toBe(0);
});

test('cancelled before it began: nothing is sent', async () => {
  const subscriber = await httpSubscriber((_, response) => response.end());
  expect(await send(deliverer(), subscriber.url, {}, AbortSignal.abort())).toEqual({ kind: 'cancelled' });
  expect(subscriber.seen).toHaveLength(0);
});

test('one signal cancels what waits for a connection as well', async () => {
  const subscriber = await httpSubscriber(() => {});
  const shutdown = new AbortController();
  const to = deliverer({ callsPerUrl: 4 });
  const attempts = Array.from({ length: 50 }, () => send(to, subscriber.url, {}, shutdown.signal));
  await until(() => subscriber.seen.length).toBe(4);
  shutdown.abort();
  expect(await Promise.all(attempts)).toEqual(Array.from({ length: 50 }, () => ({ kind: 'cancelled' })));
});

test('a thousand calls to one slow URL are under way at once: the most a trigger may have in flight', async () => {
  let answer = () => {};
  const mayAnswer = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const subscriber = await httpSubscriber((_, response) => void mayAnswer.then(() => response.writeHead(202).end()));
  const to = deliverer();
  const attempts = Array.from({ length: 1_000 }, () => send(to, subscriber.url, { timeoutMs: 20_000 }));
  await until(() => subscriber.seen.length).toBe(1_000);
  answer();
  expect((await Promise.all(attempts)).every(({ kind }) => kind === 'accepted')).toBe(true);
});
