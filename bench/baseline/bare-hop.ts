/**
 * The bare hop: the smallest Node program that takes a POST, answers 202, and posts the same bytes to one subscriber.
 * It keeps nothing and knows nothing; everything else is measured against it (design section 8).
 *
 * At most 256 posts are outstanding: beyond that the 202 waits, so that the sender is slowed down and memory is bounded.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const OUTSTANDING_MAX = 256;
const CONNECTIONS = 64;

const { subscriber } = JSON.parse(process.argv[2] ?? '{}') as { subscriber: string };
const target = new URL(subscriber);
const pool = new Pool(target.origin, { connections: CONNECTIONS, pipelining: 1 });
const waiting: ServerResponse[] = [];
let outstanding = 0;

function settled(): void {
  outstanding--;
  waiting.shift()?.writeHead(202).end();
}

function forward(rawHeaders: readonly string[], body: Buffer): void {
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (name.startsWith('ce-') || name === 'content-type') headers.push(name, rawHeaders[index + 1] ?? '');
  }
  pool.dispatch(
    { path: target.pathname, method: 'POST', headers, body },
    {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData() {},
      onResponseEnd: settled,
      onResponseError: settled,
    },
  );
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    if (++outstanding > OUTSTANDING_MAX) waiting.push(response);
    else response.writeHead(202).end();
    forward(request.rawHeaders, chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
