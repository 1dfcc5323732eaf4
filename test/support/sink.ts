/** A subscriber in the test's own process: records what it gets and answers as it is told. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Received {
  readonly path: string;
  readonly id: string;
  readonly type: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  readonly atMs: number;
}

export type Answer = (received: Received, response: ServerResponse) => void;

export class Sink {
  readonly received: Received[] = [];
  /** How often each `path id` came. */
  readonly counts = new Map<string, number>();
  /** What happens to a request after it was recorded: 204 unless told otherwise. */
  answer: Answer = (_received, response) => void response.writeHead(204).end();
  /** Whether whole requests are kept; counts always are. */
  keep = true;
  #server: Server | undefined;

  async start(): Promise<string> {
    const server = createServer((request, response) => this.#take(request, response));
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  count(path: string, id: string): number {
    return this.counts.get(`${path} ${id}`) ?? 0;
  }

  #take(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one: Received = {
        path: request.url ?? '',
        id: String(request.headers['ce-id'] ?? ''),
        type: String(request.headers['ce-type'] ?? ''),
        headers: request.headers,
        body: Buffer.concat(chunks),
        atMs: performance.now(),
      };
      const key = `${one.path} ${one.id}`;
      this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
      if (this.keep) this.received.push(one);
      this.answer(one, response);
    });
  }
}
