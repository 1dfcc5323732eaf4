/** The fastify surface: error shape, guard, the end. */
import { createApiServer, createOriginGuard, systemClock } from '@millrace/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { rawConnect, rawExchange } from './support/raw.ts';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

async function start() {
  const server = createApiServer({
    clock: systemClock,
    guard: createOriginGuard(),
    limits: { bodyBytes: 100, headerBytes: 4_000 },
  });
  server.app.get('/healthz', () => ({ ok: true }));
  server.app.post('/echo', (request) => request.body);
  server.app.get('/bug', () => {
    throw new Error('secret of handler.ts:1');
  });
  server.app.get('/stream', (_, reply) => {
    reply.hijack();
    reply.raw.writeHead(200);
    reply.raw.write('first');
  });
  const listening = await server.listen('127.0.0.1', 0);
  if (listening.kind !== 'listening') throw new Error(JSON.stringify(listening));
  onTestFinished(() => server.close(0));
  return { server, port: listening.port };
}

const get = (path: string, host = 'localhost', extra = '') =>
  `GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${extra}connection: close\r\n\r\n`;
const post = (body: string, type: string) =>
  `POST /echo HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test.each<[string, string, number]>([
  ['a route that is not there', get('/nowhere?x=1'), 404],
  ['a path that cannot be decoded', get('/%zz'), 400],
  ['a foreign Host', get('/healthz', 'evil.example'), 421],
  ['a foreign Origin', get('/healthz', 'localhost', 'origin: http://evil.example\r\n'), 403],
  ['no Host', 'GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n', 421],
  ['a body over the limit', post(`"${'x'.repeat(200)}"`, 'application/json'), 413],
  ['broken JSON', post('{"a":', 'application/json'), 400],
  ['a content type nobody parses', post('x', 'application/x-thing'), 415],
  ['a bug', get('/bug'), 500],
  ['no HTTP', 'hello\r\n\r\n', 400],
  ['a header over the limit', get('/healthz', 'localhost', `x: ${'y'.repeat(9_000)}\r\n`), 431],
])('%s: the status and one line of JSON', async (_, bytes, status) => {
  const { port } = await start();
  const [answer] = await rawExchange(port, bytes);
  expect(answer?.status).toBe(status);
  expect(JSON.parse(answer?.body ?? '')).toEqual({ error: expect.stringMatching(/^[^\n]+$/) });
  expect(answer?.body).not.toMatch(/secret|\.ts:|\n\s+at /);
});

test('what is asked rightly is served', async () => {
  const { port } = await start();
  expect(await rawExchange(port, get('/healthz'))).toMatchObject([{ status: 200, body: '{"ok":true}' }]);
  expect(await rawExchange(port, post('{"a":1}', 'application/json'))).toMatchObject([
    { status: 200, body: '{"a":1}' },
  ]);
});

test('close cuts an answer that does not end at the limit', async () => {
  const { port, server } = await start();
  const watch = rawConnect(port);
  watch.socket.write(get('/stream'));
  await until(watch.text).toMatch(/first/);
  await server.close(100);
  await watch.closed;
});
