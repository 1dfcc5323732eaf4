/**
 * What the subscribers of this example share: a small HTTP server that takes CloudEvents in binary mode.
 *
 *     POST /<trigger>    an event; the path says which trigger sent it
 *     GET  /received     how many deliveries came, by trigger and outcome
 *
 * With MILLRACE_RECORDS set to a folder, every delivery is also written to a file there, one JSON object a line.
 */
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

/** A larger body is not for this example. */
const bodyBytesMax = 32 * 1024 * 1024;

export interface Delivery {
  readonly trigger: string;
  readonly id: string;
  readonly type: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Answer {
  readonly status: number;
  readonly outcome: 'taken' | 'answered' | 'failed';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export const taken: Answer = { status: 200, outcome: 'taken' };

export function failed(reason: string): Answer {
  return { status: 500, outcome: 'failed', body: reason };
}

/** Serves on PORT until SIGTERM. `handle` decides how each delivery is answered. */
export function serve(name: string, handle: (delivery: Delivery) => Answer | Promise<Answer>): void {
  const record = recorder(name);
  const counts: Record<string, Record<string, number>> = {};

  const server = createServer(async (request, response) => {
    if (request.method === 'GET' && request.url === '/received') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(counts));
      return;
    }
    // A sender that goes away in the middle of its request is no reason to end.
    const delivery = await read(request).catch(() => undefined);
    if (delivery === undefined) {
      response.writeHead(400).end('expected POST /<trigger> with a CloudEvent in binary mode');
      return;
    }
    const { status, outcome, headers = {}, body = '' } = await handle(delivery);
    const ofTrigger = counts[delivery.trigger] ?? {};
    counts[delivery.trigger] = ofTrigger;
    ofTrigger[outcome] = (ofTrigger[outcome] ?? 0) + 1;
    // Written before it is answered: what was answered is surely in the file.
    record(delivery, outcome);
    response.writeHead(status, headers).end(body);
  });

  // Longer than senders keep idle connections, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') process.stdout.write(`${name} listens on port ${address?.port}\n`);
  });
  process.once('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    // Connections that were busy just now stay open after their answer: nothing is lost by ending them.
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}

async function read(request: IncomingMessage): Promise<Delivery | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  const trigger = /^\/([a-z0-9-]{1,63})$/.exec(request.url ?? '')?.[1];
  const { 'ce-id': id, 'ce-type': type } = request.headers;
  if (request.method !== 'POST' || trigger === undefined || bytes > bodyBytesMax) return undefined;
  if (typeof id !== 'string' || typeof type !== 'string') return undefined;
  return { trigger, id, type, headers: request.headers, body: Buffer.concat(chunks) };
}

function recorder(name: string): (delivery: Delivery, outcome: Answer['outcome']) => void {
  const folder = process.env['MILLRACE_RECORDS'];
  if (folder === undefined || folder === '') return () => {};
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `${name}.ndjson`), 'a');
  return ({ trigger, id, type }, outcome) => {
    writeSync(file, `${JSON.stringify({ subscriber: name, trigger, id, type, outcome, at: Date.now() })}\n`);
  };
}
