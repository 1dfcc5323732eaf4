/**
 * What the services of this example share: a small HTTP server that takes CloudEvents in binary mode and answers each with
 * another one, or with none.
 *
 *     POST /<name>    an event; what is wanted of it is told by the path
 *
 * With MILLRACE_RECORDS set to a folder, every event is also written to a file there, one JSON object a line.
 */
import { mkdirSync, openSync, writeSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

/** A larger body is not for this example. */
const bodyBytesMax = 32 * 1024 * 1024;

export interface Incoming {
  /** The path without its slash. */
  readonly name: string;
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** An event in binary mode. */
export interface Outgoing {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

/** Serves on PORT until SIGTERM. What `handle` throws is answered 500, and the event comes again. */
export function serve(service: string, handle: (incoming: Incoming) => Outgoing | undefined): void {
  const record = recorder(service);
  const server = createServer(async (request, response) => {
    const incoming = await read(request).catch(() => undefined);
    if (incoming === undefined) {
      response.writeHead(400).end('expected POST with a CloudEvent in binary mode');
      return;
    }
    try {
      const answer = handle(incoming);
      record(incoming);
      if (answer) response.writeHead(200, answer.headers).end(answer.body);
      else response.writeHead(204).end();
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
  });
  // Longer than senders keep idle connections, so that none is closed under a request.
  server.keepAliveTimeout = 120_000;
  server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') process.stdout.write(`${service} listens on port ${address?.port}\n`);
  });
  process.once('SIGTERM', () => {
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    // Connections that were busy just now stay open after their answer: nothing is lost by ending them.
    setTimeout(() => server.closeAllConnections(), 1_000).unref();
  });
}

async function read(request: IncomingMessage): Promise<Incoming | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  const id = request.headers['ce-id'];
  if (request.method !== 'POST' || bytes > bodyBytesMax || typeof id !== 'string') return undefined;
  return { name: (request.url ?? '/').slice(1), id, headers: request.headers, body: Buffer.concat(chunks) };
}

function recorder(service: string): (incoming: Incoming) => void {
  const folder = process.env['MILLRACE_RECORDS'];
  if (folder === undefined || folder === '') return () => {};
  mkdirSync(folder, { recursive: true });
  const file = openSync(join(folder, `${service}.ndjson`), 'a');
  return ({ name, id }) => void writeSync(file, `${JSON.stringify({ service, name, id })}\n`);
}
