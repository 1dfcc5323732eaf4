/**
 * The server for everything that is not the hot data route: the resource API, health, metrics. On fastify, whose
 * encapsulated plugins let each surface bring its own parsers and error shapes.
 *
 * Errors have the body `{"error": "…"}` unless a plugin sets its own handler. A stack never leaves the process.
 */

import type { Socket } from 'node:net';
import { type FastifyError, type FastifyInstance, fastify } from 'fastify';
import { type Clock, type Logger, silentLogger } from '../ports/index.ts';
import { rawReply, refusalOf } from './server/client-error.ts';
import { type ListenOutcome, listenOn } from './server/listen.ts';
import type { OriginGuard } from './server/origin-guard.ts';

export interface ApiServerOptions {
  readonly clock: Clock;
  readonly guard: OriginGuard;
  readonly logger?: Logger;
  readonly limits?: Partial<ApiServerLimits>;
}

export interface ApiServerLimits {
  /** Body of a request: what the Kubernetes API server takes (3 MiB), so that any object that fits there fits here. */
  readonly bodyBytes: number;
  readonly headerBytes: number;
  /** Watches are answers that do not end, so only the request is timed. */
  readonly requestTimeoutMs: number;
  readonly keepAliveMs: number;
}

export const apiServerLimits: ApiServerLimits = {
  bodyBytes: 3 * 1024 * 1024,
  headerBytes: 64 * 1024,
  requestTimeoutMs: 60_000,
  keepAliveMs: 65_000,
};

export interface ApiServer {
  /** Plugins and routes are registered here, before `listen`. */
  readonly app: FastifyInstance;
  listen(host: string, port: number): Promise<ListenOutcome>;
  /** Lets requests under way end, up to the limit; then cuts what is left: watches, above all. */
  close(limitMs: number): Promise<void>;
}

export function createApiServer({ clock, guard, logger = silentLogger, limits: given }: ApiServerOptions): ApiServer {
  const limits = { ...apiServerLimits, ...given };
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveMs,
    http: { maxHeaderSize: limits.headerBytes, requireHostHeader: false },
    // While closing, requests on kept connections are still served: a watch or a probe is no reason for a 503.
    return503OnClosing: false,
    forceCloseConnections: 'idle',
    clientErrorHandler: answerClientError,
    // A path that cannot be decoded, and the like: found before any route.
    frameworkErrors: (error, _, reply) => {
      const body = JSON.stringify({ error: error.message });
      const length = Buffer.byteLength(body);
      reply.raw.writeHead(error.statusCode ?? 400, { 'content-type': 'application/json', 'content-length': length });
      reply.raw.end(body);
    },
  });
  app.addHook('onRequest', async (request, reply) => {
    const refusal = guard.check({ host: request.headers.host ?? '', origin: request.headers.origin });
    if (refusal !== undefined) await reply.code(refusal.statusCode).send({ error: refusal.error });
  });
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0];
    return reply.code(404).send({ error: `nothing is served at ${request.method} ${path}` });
  });
  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return reply.code(status).send({ error: error.message });
    logger.error('API request failed', { error, method: request.method, route: request.routeOptions.url });
    return reply.code(status).send({ error: 'internal error: the request was not served' });
  });
  return {
    app,
    async listen(host, port) {
      await app.ready();
      return listenOn(app.server, host, port);
    },
    async close(limitMs) {
      const timer = clock.setTimer(limitMs, () => app.server.closeAllConnections());
      await app.close();
      timer.cancel();
    },
  };
}

/** Bytes that are no request. */
function answerClientError(error: Error, socket: Socket): void {
  const refusal = refusalOf(error as NodeJS.ErrnoException & { readonly reason?: string });
  if (refusal === undefined || !socket.writable) socket.destroy();
  else socket.end(rawReply(refusal.reply, []));
}
