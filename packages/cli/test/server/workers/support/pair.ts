/** Two ends of a real way between threads, both in this thread: a message channel. */
import { MessageChannel } from 'node:worker_threads';
import { BatchPort } from '../../../../src/server/workers/batch-port.ts';
import type { ToMain, ToWorker } from '../../../../src/server/workers/messages.ts';

export interface Pair {
  /** The end of the main thread. */
  readonly main: BatchPort<ToWorker, ToMain>;
  /** The end of a worker. */
  readonly worker: BatchPort<ToMain, ToWorker>;
  /** Messages that went to the worker's end, and to the main thread's. */
  readonly messages: { toWorker: number; toMain: number };
  close(): void;
}

export function pair(): Pair {
  const { port1, port2 } = new MessageChannel();
  const messages = { toWorker: 0, toMain: 0 };
  port2.on('message', () => (messages.toWorker += 1));
  port1.on('message', () => (messages.toMain += 1));
  return { main: new BatchPort(port1), worker: new BatchPort(port2), messages, close: () => port1.close() };
}

const unused = () => Promise.reject(new Error('nobody answers this here'));

/** How an end answers in tests that do not call it. */
export const noAnswersOfMain = { webhook: unused, log: () => undefined };
export const noAnswersOfWorker = {
  listen: unused,
  apply: () => undefined,
  counts: () => [],
  releaseMemory: () => undefined,
  closePort: () => undefined,
  closeDeliveries: () => undefined,
};
