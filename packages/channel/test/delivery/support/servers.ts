/** Subscribers that behave badly, at the wire: real servers on loopback, on a port the system chooses. */
import { createServer as createHttp, type IncomingHttpHeaders, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { type CloudEvent, makeEvent } from '@millrace/api';
import { type Attempt, type AttemptOutcome, createDeliverer, type Deliverer } from '@millrace/channel';
import { type HttpClientLimits, systemClock } from '@millrace/runtime';
import { onTestFinished } from 'vitest';

export interface Subscriber {
  readonly url: string;
  readonly port: number;
  readonly sockets: Set<Socket>;
  close(): Promise<void>;
}

async function start(server: Server, port: number): Promise<Subscriber> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as AddressInfo).port;
  const close = () =>
    new Promise<void>((resolve) => {
      if (!server.listening) return resolve();
      server.close(() => resolve());
      for (const socket of sockets) socket.destroy();
    });
  onTestFinished(close);
  return { url: `http://127.0.0.1:${bound}/`, port: bound, sockets, close };
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** The peer's port: another one for each connection. */
  readonly connection: number;
}

/** An HTTP server. `seen` is filled with each request as its body ends. */
export async function httpSubscriber(
  listener: RequestListener,
  port = 0,
): Promise<Subscriber & { readonly seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const connection = request.socket.remotePort ?? 0;
      seen.push({ method, url, headers, body: Buffer.concat(chunks), connection });
      listener(request, response);
    });
    request.on('error', () => {});
  });
  return { ...(await start(server, port)), seen };
}

/** A TCP server that does with the bytes what it is told; `onRequest` is called once for each request header block. */
export function rawSubscriber(onRequest: (socket: Socket, request: number) => void, port = 0): Promise<Subscriber> {
  const server = createTcp((socket) => {
    let requests = 0;
    socket.on('data', (chunk) => {
      if (chunk.includes('POST /') || chunk.includes('GET /')) {
        requests += 1;
        onRequest(socket, requests);
      }
    });
  });
  return start(server, port);
}

export function event(
  attributes: Record<string, string> = {},
  data: Uint8Array = Buffer.from('{"n":1.0}'),
): CloudEvent {
  const made = makeEvent({
    id: 'e-1',
    source: '/test',
    type: 'test.event',
    datacontenttype: 'application/json',
    data,
    ...attributes,
  });
  if (made.kind !== 'event') throw new Error(made.message);
  return made.event;
}

export function deliverer(limits?: Partial<HttpClientLimits>): Deliverer {
  const made = createDeliverer({ clock: systemClock, ...(limits && { limits }) });
  onTestFinished(() => made.close());
  return made;
}

const forever = new AbortController().signal;

export function attemptTo(url: string, more: Partial<Attempt> = {}): Attempt {
  return {
    target: { url },
    event: event(),
    headers: [],
    namespace: 'default',
    wantsReply: true,
    timeoutMs: 5_000,
    ...more,
  };
}

export function send(
  to: Deliverer,
  url: string,
  more: Partial<Attempt> = {},
  signal = forever,
): Promise<AttemptOutcome> {
  return to.attempt(attemptTo(url, more), signal);
}
