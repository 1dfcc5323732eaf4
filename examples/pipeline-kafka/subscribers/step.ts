/**
 * What the steps of this example share: a small HTTP server that takes a CloudEvent in binary mode and answers with another.
 *
 * The answer keeps the id, so that an event can be followed, and the partition key, so that it keeps its place in the order.
 */
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';

/** A larger body is not for this example. */
const bodyBytesMax = 32 * 1024 * 1024;

/** Headers of an event that its answer has as well. */
const kept = ['ce-id', 'ce-partitionkey', 'ce-pipeline'];

/** Serves on PORT until SIGTERM. `work` makes the next event's data; what it throws is answered 500 and tried again. */
export function serveStep(name: string, work: (data: unknown, headers: IncomingHttpHeaders) => unknown): void {
  const server = createServer(async (request, response) => {
    const body = await read(request).catch(() => undefined);
    if (body === undefined || typeof request.headers['ce-id'] !== 'string') {
      response.writeHead(400).end('expected POST with a CloudEvent in binary mode');
      return;
    }
    try {
      const answer = JSON.stringify(work(JSON.parse(body), request.headers));
      const attributes = kept.flatMap((header) => {
        const value = request.headers[header];
        return typeof value === 'string' ? [[header, value] as const] : [];
      });
      response
        .writeHead(200, {
          ...Object.fromEntries(attributes),
          'ce-specversion': '1.0',
          'ce-source': `/examples/pipeline-kafka/${name}`,
          'ce-type': `dev.millrace.example.${name}`,
          'content-type': 'application/json',
        })
        .end(answer);
    } catch (error) {
      response.writeHead(500).end(error instanceof Error ? error.message : String(error));
    }
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

async function read(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= bodyBytesMax) chunks.push(chunk);
  }
  return request.method === 'POST' && bytes <= bodyBytesMax ? Buffer.concat(chunks).toString('utf8') : undefined;
}
