/**
 * The data port: webhooks for sources, events for brokers and channels. One HTTP server in this thread, or, with workers, one
 * in each of them that listens on the same port.
 */
import type { Ingress } from '@millrace/broker';
import { type Clock, createHttpServer, createOriginGuard, type HttpServer, type Logger } from '@millrace/runtime';
import { createDataHandler, type Receivers } from './data-handler.ts';
import type { WorkerPool } from './workers/index.ts';

export type DataPort = Pick<HttpServer, 'listen' | 'close'>;

export interface DataPortOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ingress: Ingress;
  readonly sources: Receivers;
  /** Names and addresses besides loopback under which it is reached. */
  readonly hosts: readonly string[];
  readonly eventBytesMax?: number;
  readonly workers?: WorkerPool;
}

export function createDataPort(options: DataPortOptions): DataPort {
  const { clock, logger, ingress, sources, hosts, eventBytesMax, workers } = options;
  const here = createHttpServer({
    clock,
    logger,
    handler: createDataHandler(ingress, sources, createOriginGuard({ hosts })),
    headers: ingress.headers,
    onRefused: ingress.onRefused,
    ...(eventBytesMax === undefined ? {} : { limits: { bodyBytes: eventBytesMax } }),
  });
  if (workers === undefined) return here;
  return {
    listen: (host, port) => workers.listen(host, port, here),
    async close(limitMs) {
      // Where the port cannot be shared it is the server here that listens.
      const [outcome] = await Promise.all([here.close(limitMs), workers.closePort(limitMs)]);
      return outcome;
    },
  };
}
