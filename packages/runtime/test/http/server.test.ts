/** The server port, over real sockets: limits, refusals, pipelining, the end. */
import { createServer } from 'node:net';
import {
  createHttpServer,
  errorReply,
  type HttpHandler,
  type HttpServer,
  type HttpServerLimits,
  type RefusalReason,
  systemClock,
} from '@millrace/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { rawConnect, rawExchange } from './support/raw.ts';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

interface Started {
  readonly server: HttpServer;
  readonly port: number;
  readonly refused: RefusalReason[];
  readonly bodies: string[];
}

async function start(handler: Partial<HttpHandler> = {}, limits: Partial<HttpServerLimits> = {}): Promise<Started> {
  const refused: RefusalReason[] = [];
  const bodies: string[] = [];
  const server = createHttpServer({
    clock: systemClock,
    limits: { lingerMs: 300, ...limits },
    headers: ['allow', 'POST'],
    onRefused: (reason) => refused.push(reason),
    handler: {
      begin: handler.begin ?? (() => undefined),
      handle(request, body) {
        bodies.push(Buffer.from(body).toString('latin1'));
        return handler.handle?.(request, body) ?? { statusCode: 202 };
      },
    },
  });
  const listening = await server.listen('127.0.0.1', 0);
  if (listening.kind !== 'listening') throw new Error(JSON.stringify(listening));
  onTestFinished(async () => void (await server.close(0)));
  return { server, port: listening.port, refused, bodies };
}

const post = (body: string, extra = '') =>
  `POST /x HTTP/1.1\r\nhost: localhost\r\n${extra}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const CLOSE = 'connection: close\r\n';
const chunked = (chunks: string) => `POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n${chunks}`;
const jsonError = (text: RegExp) => expect.stringMatching(new RegExp(`^{"error":"[^\\n]*${text.source}[^\\n]*"}\\n$`));

test('a request gets the answer of the handler, with the constant headers', async () => {
  const { port, bodies } = await start();
  const [answer] = await rawExchange(port, post('hello', CLOSE));
  expect(answer).toMatchObject({ status: 202, headers: { allow: 'POST', 'content-length': '0' }, body: '' });
  expect(bodies).toEqual(['hello']);
});

test('a request is told as it came: method, target with query, raw headers, host, origin', async () => {
  const { port } = await start({ handle: (request) => ({ statusCode: 200, body: JSON.stringify(request) }) });
  const [answer] = await rawExchange(
    port,
    `PUT /a?b=c HTTP/1.1\r\nHost: h:1\r\nOrigin: http://o\r\nX-Y: 1\r\nX-Y: 2\r\n${CLOSE}\r\n`,
  );
  expect(JSON.parse(answer?.body ?? '')).toEqual({
    method: 'PUT',
    target: '/a?b=c',
    rawHeaders: ['Host', 'h:1', 'Origin', 'http://o', 'X-Y', '1', 'X-Y', '2', 'connection', 'close'],
    host: 'h:1',
    origin: 'http://o',
  });
});

test('RFC 9112 3.2.2: an absolute target names the host', async () => {
  const { port } = await start({ handle: ({ host, target }) => ({ statusCode: 200, body: `${host} ${target}` }) });
  const [answer] = await rawExchange(port, `GET http://other:8/p?q HTTP/1.1\r\nhost: mine\r\n${CLOSE}\r\n`);
  expect(answer?.body).toBe('other:8 /p?q');
});

test('a body in chunks arrives whole', async () => {
  const { port, bodies } = await start();
  await rawExchange(port, chunked('3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n').replace('host: a\r\n', `host: a\r\n${CLOSE}`));
  expect(bodies).toEqual(['abcdefg']);
});

test('413 from Content-Length alone, before the body, and the connection ends', async () => {
  const { port, bodies, refused } = await start({}, { bodyBytes: 10 });
  const [answer] = await rawExchange(port, 'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 11\r\n\r\n');
  expect(answer).toMatchObject({ status: 413, headers: { connection: 'close' }, body: jsonError(/10 bytes/) });
  expect(bodies).toEqual([]);
  expect(refused).toEqual(['body-too-large']);
});

test('413 while it streams in, and the sender can read it though it goes on sending', async () => {
  const { port, bodies } = await start({}, { bodyBytes: 1_000 });
  const connection = rawConnect(port);
  connection.socket.write(chunked(''));
  const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
  for (let i = 0; i < 50; i += 1) connection.socket.write(chunk);
  await connection.closed;
  expect(connection.answers()).toMatchObject([{ status: 413 }]);
  expect(bodies).toEqual([]);
  connection.socket.destroy();
});

test('exactly the limit is taken', async () => {
  const { port, bodies } = await start({}, { bodyBytes: 10 });
  expect(await rawExchange(port, post('0123456789', CLOSE))).toMatchObject([{ status: 202 }]);
  expect(bodies).toEqual(['0123456789']);
});

test('Expect: 100-continue is honoured', async () => {
  const { port, bodies } = await start();
  const connection = rawConnect(port);
  connection.socket.write(
    'POST /x HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\nconnection: close\r\ncontent-length: 2\r\n\r\n',
  );
  await until(connection.text).toMatch(/^HTTP\/1\.1 100 /);
  connection.socket.write('ok');
  await connection.closed;
  expect(connection.text()).toMatch(/HTTP\/1\.1 202 /);
  expect(bodies).toEqual(['ok']);
});

test('Expect: 100-continue is refused early when the body is too large, or the handler refuses', async () => {
  const { port, bodies } = await start(
    { begin: ({ target }) => (target === '/no' ? errorReply(404, 'no') : undefined) },
    { bodyBytes: 10 },
  );
  const head = (path: string, length: number) =>
    `POST ${path} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: ${length}\r\n\r\n`;
  expect(await rawExchange(port, head('/x', 11))).toMatchObject([{ status: 413, headers: { connection: 'close' } }]);
  expect(await rawExchange(port, head('/no', 5))).toMatchObject([{ status: 404, headers: { connection: 'close' } }]);
  expect(bodies).toEqual([]);
});

test('RFC 9110 10.1.1: another expectation is answered 417', async () => {
  const { port } = await start();
  expect(await rawExchange(port, post('x', 'expect: a-miracle\r\n'))).toMatchObject([{ status: 417 }]);
});

test('431 for a header over the limit', async () => {
  const { port, refused } = await start({}, { headerBytes: 2_000 });
  expect(await rawExchange(port, post('x', `x-a: ${'y'.repeat(3_000)}\r\n`))).toMatchObject([
    { status: 431, headers: { allow: 'POST' }, body: jsonError(/larger/) },
  ]);
  expect(refused).toEqual(['header-too-large']);
});

test('more headers than Node keeps by default are all kept', async () => {
  const { port } = await start({
    handle: ({ rawHeaders }) => ({ statusCode: 200, body: String(rawHeaders.length / 2) }),
  });
  const many = Array.from({ length: 3_000 }, (_, i) => `x${i}: y\r\n`).join('');
  expect(await rawExchange(port, post('', `${CLOSE}${many}`))).toMatchObject([{ status: 200, body: '3003' }]);
});

test.each([
  ['no HTTP at all', 'hello\r\n\r\n'],
  ['a broken header', 'POST / HTTP/1.1\r\nhost a\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['a negative length', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n'],
  ['a broken chunk size', chunked('zz\r\n')],
  ['a chunk longer than it says', chunked('1\r\nabc\r\n0\r\n\r\n')],
])('400 for %s, clean and last', async (_, bytes) => {
  const { port, refused } = await start();
  const answers = await rawExchange(port, bytes);
  expect(answers).toMatchObject([
    { status: 400, headers: { connection: 'close', allow: 'POST' }, body: jsonError(/HTTP\/1.1/) },
  ]);
  expect(refused).toEqual(['malformed']);
});

test('garbage after a good request waits for the good answer', async () => {
  const gate = Promise.withResolvers<void>();
  const { port } = await start({ handle: () => gate.promise.then(() => ({ statusCode: 202 })) });
  const connection = rawConnect(port);
  connection.socket.write(`${post('one')}${post('two')}garbage\r\n\r\n`);
  setTimeout(gate.resolve, 50);
  await connection.closed;
  expect(connection.answers().map(({ status }) => status)).toEqual([202, 202, 400]);
  connection.socket.destroy();
});

test('nothing is served after a refusal on the same connection', async () => {
  const { port, bodies } = await start({}, { bodyBytes: 10 });
  const answers = await rawExchange(port, `${post('x'.repeat(11))}${post('later')}`);
  expect(answers.map(({ status }) => status)).toEqual([413]);
  expect(bodies).toEqual([]);
});

test('a refusal from the header keeps the connection when the body is short', async () => {
  const { port, bodies } = await start({
    begin: ({ method }) => (method === 'PUT' ? errorReply(405, 'no') : undefined),
  });
  const answers = await rawExchange(port, `${post('unread').replace('POST', 'PUT')}${post('read', CLOSE)}`);
  expect(answers.map(({ status }) => status)).toEqual([405, 202]);
  expect(bodies).toEqual(['read']);
});

test('slow loris: 408 for a header, and for a body, that does not end', async () => {
  const { port } = await start({}, { headersTimeoutMs: 200, requestTimeoutMs: 400, timeoutCheckMs: 50 });
  expect(await rawExchange(port, 'POST /x HTTP/1.1\r\nhost: a\r\nx-')).toMatchObject([
    { status: 408, body: jsonError(/time/) },
  ]);
  expect(await rawExchange(port, 'POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab')).toMatchObject([
    { status: 408 },
  ]);
});

test('429 with Retry-After over the limit of requests under way; it takes again when they are answered', async () => {
  const gate = Promise.withResolvers<void>();
  const { port, server, refused } = await start(
    { handle: () => gate.promise.then(() => ({ statusCode: 202 })) },
    { requests: 2 },
  );
  const held = [rawConnect(port), rawConnect(port)];
  for (const { socket } of held) socket.write(post('x', CLOSE));
  await until(() => server.stats().requests).toBe(2);
  expect(await rawExchange(port, post('x', CLOSE))).toMatchObject([{ status: 429, headers: { 'retry-after': '1' } }]);
  expect(refused).toEqual(['too-many-requests']);
  gate.resolve();
  await Promise.all(held.map(({ closed }) => closed));
  expect(held.flatMap(({ answers }) => answers().map(({ status }) => status))).toEqual([202, 202]);
  expect(await rawExchange(port, post('x', CLOSE))).toMatchObject([{ status: 202 }]);
  expect(server.stats()).toMatchObject({ requests: 0, bufferedBytes: 0 });
});

test('429 over the limit of bytes under way', async () => {
  const gate = Promise.withResolvers<void>();
  const { port, server } = await start(
    { handle: () => gate.promise.then(() => ({ statusCode: 202 })) },
    { bufferedBytes: 1_000 },
  );
  const held = rawConnect(port);
  held.socket.write(post('x'.repeat(900), CLOSE));
  await until(() => server.stats().bufferedBytes).toBe(900);
  expect(await rawExchange(port, post('x'.repeat(200), CLOSE))).toMatchObject([{ status: 429 }]);
  gate.resolve();
  await held.closed;
  await until(() => server.stats()).toMatchObject({ requests: 0, bufferedBytes: 0 });
});

test('a peer that goes away within the body, or before its answer, gives everything back', async () => {
  const gate = Promise.withResolvers<void>();
  const { port, server, bodies } = await start({ handle: () => gate.promise.then(() => ({ statusCode: 202 })) });
  const within = rawConnect(port);
  within.socket.write('POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc');
  await until(() => server.stats().bufferedBytes).toBe(3);
  within.socket.resetAndDestroy();
  const before = rawConnect(port);
  before.socket.write(`${post('whole')}${post('piped')}`);
  await until(() => bodies).toEqual(['whole', 'piped']);
  before.socket.resetAndDestroy();
  await until(() => server.stats()).toEqual({ requests: 0, bufferedBytes: 0, connections: 0 });
  gate.resolve();
  await gate.promise;
  expect(server.stats()).toEqual({ requests: 0, bufferedBytes: 0, connections: 0 });
});

test.each<[string, () => never | Promise<never>]>([
  [
    'throws',
    () => {
      throw new Error('secret of handler.ts:1');
    },
  ],
  ['rejects', () => Promise.reject(new Error('secret of handler.ts:1'))],
])('a handler that %s: 500 without its words, and the server goes on', async (_, handle) => {
  let calls = 0;
  const { port } = await start({ handle: () => (calls++ === 0 ? handle() : { statusCode: 202 }) });
  const [answer] = await rawExchange(port, post('x', CLOSE));
  expect(answer).toMatchObject({ status: 500, body: jsonError(/internal error/) });
  expect(answer?.body).not.toMatch(/secret|\.ts/);
  expect(await rawExchange(port, post('x', CLOSE))).toMatchObject([{ status: 202 }]);
});

test('CONNECT is answered, not tunnelled', async () => {
  const { port } = await start();
  expect(await rawExchange(port, 'CONNECT a:1 HTTP/1.1\r\nhost: a:1\r\n\r\n')).toMatchObject([{ status: 405 }]);
});

test('a port that is taken: a value that names who holds it', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void holder.close());
  const { port } = holder.address() as { port: number };
  const server = createHttpServer({
    clock: systemClock,
    handler: { begin: () => undefined, handle: () => ({ statusCode: 200 }) },
  });
  const outcome = await server.listen('127.0.0.1', port);
  expect(outcome).toMatchObject({ kind: 'taken', port, reason: expect.stringContaining(`port ${port} is held by`) });
  const known = process.platform === 'linux' ? { pid: process.pid, name: expect.any(String) } : undefined;
  expect(outcome.kind === 'taken' && outcome.holder).toEqual(known);
});

test('an address that is not ours: a value with the reason', async () => {
  const server = createHttpServer({
    clock: systemClock,
    handler: { begin: () => undefined, handle: () => ({ statusCode: 200 }) },
  });
  expect(await server.listen('192.0.2.1', 0)).toMatchObject({
    kind: 'refused',
    reason: expect.stringContaining('192.0.2.1'),
  });
});

test('close: answers under way are given with Connection: close, idle connections end, nothing new is taken', async () => {
  const gate = Promise.withResolvers<void>();
  const { port, server, bodies } = await start({ handle: () => gate.promise.then(() => ({ statusCode: 202 })) });
  const idle = rawConnect(port);
  const busy = rawConnect(port);
  busy.socket.write(post('x'));
  await until(() => bodies).toEqual(['x']);
  await until(() => server.stats().connections).toBe(2);
  const closing = server.close(5_000);
  await idle.closed;
  expect(await rawConnect(port).closed).toBe('reset');
  gate.resolve();
  await busy.closed;
  busy.socket.end();
  idle.socket.end();
  expect(busy.answers()).toMatchObject([{ status: 202, headers: { connection: 'close' } }]);
  expect(await closing).toEqual({ destroyed: 0 });
});

test('close: what is not done within the limit is cut, and counted', async () => {
  const { port, server, bodies } = await start({ handle: () => new Promise(() => {}) });
  const stuck = rawConnect(port);
  stuck.socket.write(post('x'));
  await until(() => bodies).toEqual(['x']);
  expect(await server.close(100)).toEqual({ destroyed: 1 });
  await stuck.closed;
});

test('a peer that ends its side after its request still gets its answer, however late', async () => {
  const gate = Promise.withResolvers<void>();
  const { port, server } = await start({ handle: () => gate.promise.then(() => ({ statusCode: 202 })) });
  const connection = rawConnect(port);
  connection.socket.end(post('x'));
  await until(() => server.stats().requests).toBe(1);
  setTimeout(gate.resolve, 50);
  await connection.closed;
  expect(connection.answers()).toMatchObject([{ status: 202 }]);
});
