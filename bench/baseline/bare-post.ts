/**
 * The bare post: undici's `dispatch` of one event, already in memory, to one subscriber, and nothing else. What a
 * further matching trigger costs is measured against it.
 *
 * GET /?run=ID&events=N posts so many, 64 at a time, and answers when all of them were taken.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';
import { dueHeader, numberHeader, sharedMicroseconds } from '../processes/clock.ts';

const CONNECTIONS = 64;

const { subscriber, bodyBytes } = JSON.parse(process.argv[2] ?? '{}') as { subscriber: string; bodyBytes: number };
const target = new URL(subscriber);
const pool = new Pool(target.origin, { connections: CONNECTIONS, pipelining: 1 });
const body = Buffer.from(`{"fill":"${'x'.repeat(Math.max(0, bodyBytes - 11))}"}`);

function post(run: string, number: number, done: () => void, failed: (error: Error) => void): void {
  const headers = [
    ...['ce-specversion', '1.0', 'ce-type', 'com.example.bench', 'ce-source', '/bench', 'ce-id', `${run}-${number}`],
    ...[numberHeader, String(number), dueHeader, String(sharedMicroseconds()), 'content-type', 'application/json'],
  ];
  pool.dispatch(
    { path: target.pathname, method: 'POST', headers, body },
    {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: done,
      onResponseError: (_controller, error) => failed(error),
    },
  );
}

function postAll(run: string, events: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let next = 0;
    let done = 0;
    const again = () => {
      if (next < events) post(run, next++, settled, reject);
    };
    const settled = () => {
      if (++done === events) resolve();
      else again();
    };
    for (let n = 0; n < CONNECTIONS; n++) again();
  });
}

const server = createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '', 'http://post');
  postAll(searchParams.get('run') ?? '', Number(searchParams.get('events'))).then(
    () => response.writeHead(204).end(),
    (error) => response.writeHead(500).end(String(error)),
  );
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
