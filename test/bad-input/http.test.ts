/**
 * 200 malformed HTTP requests, by a generator with a seed, at the data port of the real process. Each gets its stated
 * status or a clean close, never a stack trace; the process is alive and the next good event is delivered.
 */
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { SeededRandom, waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { broker, documents, trigger, uri } from '../support/manifests.ts';
import { type Server, startServer, temporaryFolder } from '../support/millrace.ts';
import { Sink } from '../support/sink.ts';
import { attack, problemsOf } from './support/attack.ts';
import { type BadRequest, badRequests, limits } from './support/generator.ts';

const seed = Number(process.env['MILLRACE_SEED'] ?? 20_260_101);
const COUNT = 200;
const requests = badRequests(new SeededRandom(seed), COUNT);

const manifest = (sinkUrl: string) =>
  documents(
    broker('b'),
    trigger('good', { broker: 'b', filters: '[{ exact: { type: good } }]', subscriber: uri(`${sinkUrl}/`) }),
  );

const folder = temporaryFolder();
const sink = new Sink();
let server: Server;
let port = 0;
let sent = 0;

beforeAll(async () => {
  sink.keep = false;
  const file = join(folder.path, 'manifest.yaml');
  writeFileSync(file, manifest(await sink.start()));
  server = await startServer(
    ['-q', '-f', file, '--max-event-bytes', String(limits.bodyBytes)],
    join(folder.path, 'data'),
  );
  port = Number(new URL(server.dataUrl).port);
  process.stdout.write(`bad HTTP input: ${COUNT} requests, seed ${seed} (MILLRACE_SEED repeats a run)\n`);
});

afterAll(async () => {
  server.kill('SIGTERM');
  await server.exited;
  await sink.stop();
  folder.remove();
});

/** Sends a good event; true when it was accepted and arrives. */
async function goodEvent(): Promise<boolean> {
  const id = `good-${sent++}`;
  const headers = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/good', 'ce-type': 'good' };
  const answer = await fetch(`http://127.0.0.1:${port}/default/b`, { method: 'POST', headers, body: '{}' });
  await answer.arrayBuffer();
  if (answer.status !== 202) return false;
  await waitFor(`${id} is delivered`, () => sink.count('/', id) === 1);
  return true;
}

test(`${COUNT} malformed requests: each its status, no stack, and the next good event is delivered`, {
  timeout: 180_000,
}, async () => {
  expect(port).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (const [index, request] of requests.entries()) {
    const what = `seed ${seed}, request ${index}, ${request.name}`;
    for (const problem of problemsOf(request, await attack(port, request))) wrong.push(`${what}: ${problem}`);
    const good = await goodEvent().catch((error: unknown) => String(error));
    if (good !== true) wrong.push(`${what}: the next good event: ${good}`);
  }
  expect(wrong).toEqual([]);
  expect(server.stderr()).not.toMatch(/^\s+at .+:\d+:\d+/m);
});

test('all at once: the process lives through them and delivers the next good event', { timeout: 60_000 }, async () => {
  await Promise.all(requests.map((request) => attack(port, request)));
  expect(await goodEvent()).toBe(true);
  const info = await fetch(`${server.apiUrl}/healthz`);
  expect(info.status).toBe(200);
});

test('the seed decides: the same one gives the same requests, another one others', () => {
  const parts = (from: number) =>
    badRequests(new SeededRandom(from), COUNT).map(({ parts: all }) => all.map(String).join());
  expect(parts(seed)).toEqual(parts(seed));
  expect(parts(seed)).not.toEqual(parts(seed + 1));
});

test('canary: a server that answers with a stack, with the wrong status, or never, is caught', {
  timeout: 30_000,
}, async () => {
  const stack = createServer((_, response) => {
    response
      .writeHead(400, { connection: 'close', allow: 'POST, OPTIONS' })
      .end(`{"error":"${new Error('x').stack}"}\n`);
  });
  await new Promise<void>((resolve) => stack.listen(0, '127.0.0.1', resolve));
  const at = (stack.address() as AddressInfo).port;
  const request: BadRequest = {
    name: 'canary',
    parts: ['GET / HTTP/1.1\r\nhost: a\r\n\r\n'],
    ending: 'wait',
    statuses: [400],
  };
  const answered = await attack(at, request);
  stack.close();
  expect(problemsOf(request, answered)).toContain('a stack trace, or a piece of one');
  expect(problemsOf({ ...request, statuses: [404] }, answered)).toContain('expected 404, got 400');
  expect(problemsOf(request, undefined)).toEqual(['the connection was not ended']);
});
