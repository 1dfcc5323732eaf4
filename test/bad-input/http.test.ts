/**
 * Issue 3, must show 6: 200 malformed HTTP requests by a generator with a seed. Each gets its stated status or a clean
 * close, never a stack trace; the process is alive and the next good event is accepted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SeededRandom } from '@millrace/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attack, problemsOf } from './support/attack.ts';
import { type BadRequest, badRequests } from './support/generator.ts';

const seed = Number(process.env['MILLRACE_SEED'] ?? 20_260_101);
const COUNT = 200;
const requests = badRequests(new SeededRandom(seed), COUNT);

let child: ChildProcess;
let port = 0;
let output = '';

beforeAll(async () => {
  const script = new URL('./support/ingress-process.ts', import.meta.url).pathname;
  child = spawn(process.execPath, ['--conditions=source', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  port = await new Promise<number>((resolve) => child.stdout?.once('data', (chunk: Buffer) => resolve(Number(chunk))));
  process.stdout.write(`bad HTTP input: ${COUNT} requests, seed ${seed} (MILLRACE_SEED repeats a run)\n`);
});

afterAll(() => void child.kill());

async function goodEvent(): Promise<number> {
  const headers = { 'ce-specversion': '1.0', 'ce-id': 'good', 'ce-source': '/good', 'ce-type': 'good' };
  const answer = await fetch(`http://127.0.0.1:${port}/default/b`, { method: 'POST', headers, body: '{}' });
  await answer.arrayBuffer();
  return answer.status;
}

test(`${COUNT} malformed requests: each its status, no stack, and the next good event is accepted`, {
  timeout: 120_000,
}, async () => {
  expect(port).toBeGreaterThan(0);
  const wrong: string[] = [];
  for (const [index, request] of requests.entries()) {
    for (const problem of problemsOf(request, await attack(port, request))) {
      wrong.push(`seed ${seed}, request ${index}, ${request.name}: ${problem}`);
    }
    const status = await goodEvent().catch((error: unknown) => String(error));
    if (status !== 202)
      wrong.push(`seed ${seed}, request ${index}, ${request.name}: the next good event got ${status}`);
  }
  expect(wrong).toEqual([]);
  expect(child.exitCode).toBeNull();
  expect(output).toBe('');
});

test('all at once: the process lives through them and takes the next good event', { timeout: 60_000 }, async () => {
  await Promise.all(requests.map((request) => attack(port, request)));
  expect(await goodEvent()).toBe(202);
  expect(child.exitCode).toBeNull();
  expect(output).toBe('');
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
