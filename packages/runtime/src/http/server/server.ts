/**
 * The HTTP server port for the data plane's one hot route, directly on `node:http`: receiving costs 37 µs of CPU for an
 * event there, and 54 to 65 with a framework's routing, hooks and parsers around it, none of which one route needs. All
 * other surfaces are served by fastify (`api-server.ts`).
 *
 * S1. Every request that can be answered gets exactly one answer, errors with the body `{"error": "…"}`.
 * S2. Everything a peer can make grow has a limit (`limits.ts`).
 * S3. `close` loses no answer that is due within its limit.
 */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, type Logger, silentLogger } from '../../ports/index.ts';
import { type RefusalReason, refusalOf } from './client-error.ts';
import { Exchange } from './exchange.ts';
import { Incoming } from './incoming.ts';
import { type HttpServerLimits, httpServerLimits } from './limits.ts';
import { type ListenOutcome, listenOn } from './listen.ts';
import { errorReply, type HttpHandler } from './message.ts';
import { Port } from './port.ts';

export interface HttpServerOptions {
  readonly handler: HttpHandler;
  readonly clock: Clock;
  readonly logger?: Logger;
  readonly limits?: Partial<HttpServerLimits>;
  /** Flat `[name, value, …]`, on every answer, those of the port itself included. */
  readonly headers?: readonly string[];
  /** Told of each request that the port itself refused. */
  readonly onRefused?: (reason: RefusalReason) => void;
}

export interface CloseOutcome {
  /** Connections that were cut because their answers were not due within the limit. */
  readonly destroyed: number;
}

export interface HttpServer {
  /** `shared`: see `listenOn`. */
  listen(host: string, port: number, shared?: boolean): Promise<ListenOutcome>;
  /** Requests between header and answer, bytes of their bodies, open connections. */
  stats(): { readonly requests: number; readonly bufferedBytes: number; readonly connections: number };
  /** Takes no more connections, lets requests under way end with `Connection: close`, then cuts what is left. */
  close(limitMs: number): Promise<CloseOutcome>;
}

export function createHttpServer(options: HttpServerOptions): HttpServer {
  const limits = { ...httpServerLimits, ...options.limits };
  const port = new Port({
    handler: options.handler,
    clock: options.clock,
    logger: options.logger ?? silentLogger,
    limits,
    headers: options.headers ?? [],
    onRefused: options.onRefused ?? (() => {}),
  });
  const server = createServer({
    IncomingMessage: Incoming,
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersTimeoutMs,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: limits.timeoutCheckMs,
    // Checked by the handler's guard, so that this refusal looks like all others.
    requireHostHeader: false,
  });
  // A peer that ends its side after a request (`nc`, some proxies) still waits for the answer; by default Node drops it.
  Object.assign(server, { httpAllowHalfOpen: true });
  // By default headers beyond 2,000 are dropped without a word; `maxHeaderSize` bounds them already.
  server.maxHeadersCount = 0;
  server.maxConnections = limits.connections;
  connectHandlers(server, port);
  return {
    listen: (host, number, shared) => listenOn(server, host, number, shared),
    stats: () => ({
      requests: port.requests,
      bufferedBytes: port.bufferedBytes,
      connections: port.connections.size,
    }),
    close: (limitMs) => closeServer(server, port, limitMs),
  };
}

function connectHandlers(server: Server<typeof Incoming>, port: Port): void {
  const serve = (incoming: Incoming, response: ServerResponse, expectsContinue: boolean): void => {
    const connection = port.connectionOf(incoming.socket);
    if (connection.ended) incoming.resume();
    else new Exchange(port, connection, incoming, response).begin(expectsContinue);
  };
  server.on('connection', (socket) => void port.connectionOf(socket));
  server.on('request', (incoming, response) => serve(incoming, response, false));
  server.on('checkContinue', (incoming, response) => serve(incoming, response, true));
  const unmet = errorReply(417, 'the only expectation that is met here is 100-continue');
  const tunnel = errorReply(405, 'CONNECT is not served here');
  server.on('checkExpectation', (incoming) => {
    incoming.resume();
    port.connectionOf(incoming.socket).refuse({ reason: 'expectation', reply: unmet });
  });
  server.on('connect', (_, socket) => {
    port.connectionOf(socket as Socket).refuse({ reason: 'malformed', reply: tunnel });
  });
  server.on('clientError', (error: NodeJS.ErrnoException & { readonly reason?: string }, socket) => {
    const refusal = refusalOf(error);
    const connection = port.connectionOf(socket as Socket);
    if (refusal === undefined) socket.destroy();
    else connection.refuse(refusal);
  });
}

/** S3. */
async function closeServer(server: Server, port: Port, limitMs: number): Promise<CloseOutcome> {
  port.closing = true;
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  // Node counts a connection on which nothing ever came as busy.
  for (const socket of port.connections.keys()) if (socket.bytesRead === 0) socket.destroy();
  let destroyed = 0;
  const timer = port.clock.setTimer(limitMs, () => {
    destroyed = port.connections.size;
    server.closeAllConnections();
    for (const socket of port.connections.keys()) socket.destroy();
  });
  await closed;
  timer.cancel();
  return { destroyed };
}
