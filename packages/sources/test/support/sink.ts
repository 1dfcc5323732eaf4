/** A sink on loopback that answers as it is told: misbehaviour at the wire, never of a function. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

export interface Sink {
  readonly url: string;
  /** In the order they came; misbehaving handlers too have the whole request. */
  readonly received: Received[];
  /** Answers from now on. `count` is 1 for the first request after this. */
  handle(handler: Handler): void;
  /** How many connections are open. */
  connections(): Promise<number>;
  close(): Promise<void>;
}

export const answering =
  (statusCode: number, headers: Record<string, string> = {}, body = ''): Handler =>
  (_request, response) =>
    void response.writeHead(statusCode, headers).end(body);

export async function startSink(first: Handler = answering(202)): Promise<Sink> {
  let handler = first;
  let count = 0;
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks) });
      handler(request, response, ++count);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/sink`,
    received,
    handle(next) {
      handler = next;
      count = 0;
    },
    connections: () =>
      new Promise((resolve, reject) => server.getConnections((error, open) => (error ? reject(error) : resolve(open)))),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
