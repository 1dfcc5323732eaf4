/**
 * What a worker thread does: HTTP on both sides. It listens on the data port and judges and decodes what comes, with the
 * same ingress as without threads, and it makes the attempts it is told. It keeps nothing that has to outlive it.
 */
import type { MessagePort } from 'node:worker_threads';
import { createIngress } from '@millrace/broker';
import { createDeliverer } from '@millrace/channel';
import {
  createHttpServer,
  createLineLogger,
  createOriginGuard,
  keepTickShape,
  releaseMemory,
  systemClock,
} from '@millrace/runtime';
import { createDataHandler } from '../data-handler.ts';
import { Attempts } from './attempts.ts';
import { BatchPort } from './batch-port.ts';
import { Counts } from './counts.ts';
import { entry } from './entries.ts';
import type { ToMain, ToWorker, WorkerStart } from './messages.ts';
import { RemoteLogs } from './remote-logs.ts';

export function serve(parent: MessagePort, start: WorkerStart): void {
  keepTickShape();
  const clock = systemClock;
  const port = new BatchPort<ToMain, ToWorker>(parent);
  const logger = createLineLogger('debug', (text, level) => void port.call('log', { level, text }));
  const counts = new Counts();
  const logs = new RemoteLogs(port);
  const ingress = createIngress({
    clock,
    metrics: counts,
    logs: (uid) => logs.of(uid),
    whenSettled: (uid, partition, offset) => logs.whenSettled(uid, partition, offset),
    hosts: start.hosts,
    // They come with names that people know: the main thread has the table.
    nameOfCursor: (name) => name,
  });
  const receivers = {
    receives: (path: string) => start.webhookPaths.test(path),
    receive: (request: ToMain['webhook']['ask']) => port.call('webhook', { ...request, body: copyOf(request.body) }),
  };
  const server = createHttpServer({
    clock,
    logger,
    handler: createDataHandler(ingress, receivers, createOriginGuard({ hosts: start.hosts })),
    headers: ingress.headers,
    onRefused: ingress.onRefused,
    limits: start.serverLimits,
  });
  const limits = { connectionsPerOrigin: start.connectionsPerOrigin };
  const deliverer = createDeliverer({ clock, userAgent: start.userAgent, limits });
  const attempts = new Attempts(port, deliverer);
  port.listen({
    entry(kind, reader) {
      if (kind >= entry.way) attempts.read(kind, reader);
      else logs.read(kind, reader);
    },
    batchEnd: () => attempts.batchEnd(),
    answers: {
      listen: ({ host, port: number }) => server.listen(host, number, true),
      apply(table) {
        logs.apply(table);
        ingress.apply({ logs: table.map(({ route }) => route) });
        return undefined;
      },
      counts: () => counts.take(),
      releaseMemory() {
        releaseMemory();
        return undefined;
      },
      async closePort(limitMs) {
        await server.close(limitMs);
        return undefined;
      },
      async closeDeliveries() {
        await deliverer.close();
        return undefined;
      },
    },
  });
}

/** A body may be a window on a larger buffer, all of which would be cloned. */
function copyOf(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}
