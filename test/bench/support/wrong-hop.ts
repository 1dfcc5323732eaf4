/**
 * Hops that do what no hop may: each takes every event with 202, and then forgets each tenth (`lose`), or posts it twice
 * (`repeat`), or posts it to one of two subscribers only (`half`).
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Pool } from 'undici';

const { subscriber, fault } = JSON.parse(process.argv[2] ?? '{}') as { subscriber: string; fault: string };
const pool = new Pool(subscriber, { connections: 8 });
let count = 0;

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(202).end();
    const isTenth = ++count % 10 === 0;
    if (isTenth && fault === 'lose') return;
    const headers = Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith('ce-')));
    const post = (path: string) =>
      pool
        .request({ path, method: 'POST', headers: headers as Record<string, string>, body: Buffer.concat(chunks) })
        .then(({ body }) => body.dump());
    void post('/t0');
    if (isTenth && fault === 'repeat') void post('/t0');
    if (fault === 'half' && !isTenth) void post('/t1');
  });
});
server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` })}\n`);
});
