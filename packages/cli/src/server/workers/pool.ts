/**
 * Worker threads that take in and deliver over HTTP, seen from the main thread, which keeps all that needs one order: logs,
 * cursors, the dispatch engine, the index, the control plane.
 *
 * W1. A table is in force when every worker has it: only then is it told that its logs are reachable.
 * W2. A worker that ends by itself ends the process: nothing acknowledged is in a worker alone, and the next start goes on.
 * W3. Where a port cannot be shared among listeners, the main thread takes in and the workers deliver.
 */
import { Worker } from 'node:worker_threads';
import type { LogRoute, RoutingTable } from '@millrace/api';
import type { Deliverer, EventLog } from '@millrace/channel';
import {
  type Clock,
  destinationLimits,
  type HttpServer,
  httpServerLimits,
  type ListenOutcome,
  type Logger,
  type Metrics,
} from '@millrace/runtime';
import { webhookPaths } from '@millrace/sources';
import { version } from '../../version.ts';
import type { Receivers } from '../data-handler.ts';
import { BatchPort } from './batch-port.ts';
import { entry } from './entries.ts';
import { Intake, type ServedLog } from './intake.ts';
import { countsMs, deliveringFrom, workerYoungMib } from './limits.ts';
import type { ToMain, ToWorker, WorkerLog, WorkerStart } from './messages.ts';
import { AttemptLane, RemoteDeliverer } from './remote-deliverer.ts';
import { sharePort } from './share-port.ts';

/** What the threads are for: the parts of the process that they serve. */
export interface WorkerPoolOptions {
  readonly count: number;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly hosts: readonly string[];
  readonly eventBytesMax?: number;
  readonly logFor: (logUid: string) => Pick<EventLog, 'append'> | undefined;
  readonly whenSettled: (logUid: string, partition: number, offset: number) => Promise<'delivered' | 'failed'>;
  /** A cursor's name in words a person knows. */
  readonly nameOfCursor: (cursor: string) => string;
  readonly receive: Receivers['receive'];
  /** W2. */
  readonly onDeath: (text: string) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly port: BatchPort<ToWorker, ToMain>;
  readonly lane: AttemptLane;
}

/** Beside this file, with its ending: a source in a clone, else what was made of it. */
const entryFile = new URL(`./worker${import.meta.url.slice(import.meta.url.lastIndexOf('.'))}`, import.meta.url);

export class WorkerPool {
  /** Absent with one worker: the main thread delivers (see `deliveringFrom`). */
  readonly deliverer: Deliverer | undefined;
  readonly #options: WorkerPoolOptions;
  readonly #threads: readonly Thread[];
  /** Numbers of logs, by UID, and back. A log keeps its number. */
  readonly #numbers = new Map<string, number>();
  readonly #served: (ServedLog | undefined)[] = [];
  #applied = '';
  #ending = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#threads = Array.from({ length: options.count }, (_, index) => this.#start(index));
    this.deliverer =
      options.count < deliveringFrom ? undefined : new RemoteDeliverer(this.#threads.map(({ lane }) => lane));
  }

  /**
   * Listens on all workers. `alone` is the main thread's own server, for W3.
   */
  listen(host: string, port: number, alone: Pick<HttpServer, 'listen'>): Promise<ListenOutcome> {
    return sharePort(host, port, {
      workers: this.#threads.map(
        ({ port: way }) =>
          (...[at, number]) =>
            way.call('listen', { host: at, port: number }),
      ),
      alone: (...[at, number]) => {
        this.#options.logger.warn('this system cannot share a port among threads: the main thread takes in');
        return alone.listen(at, number);
      },
    });
  }

  /** W1. */
  async apply(table: RoutingTable): Promise<void> {
    const logs = table.logs.map((route) => this.#workerLogOf(route));
    const text = JSON.stringify(logs);
    if (text === this.#applied) return;
    this.#applied = text;
    await Promise.all(this.#threads.map(({ port }) => port.call('apply', logs)));
  }

  /** Adds what workers counted to the metrics of the process. */
  async collect(): Promise<void> {
    const { clock, metrics } = this.#options;
    const late = Promise.withResolvers<undefined>();
    const timer = clock.setTimer(countsMs, () => late.resolve(undefined));
    const add = async ({ port }: Thread) => {
      for (const { name, options, labels, count } of await port.call('counts', undefined))
        metrics.counter(name, options, labels).add(count);
    };
    await Promise.race([Promise.all(this.#threads.map(add)), late.promise]);
    timer.cancel();
  }

  /** Gives back what the start needed, one thread after the other. */
  async releaseMemory(): Promise<void> {
    for (const { port } of this.#threads) {
      if (this.#ending) return;
      await port.call('releaseMemory', undefined);
    }
  }

  async closePort(limitMs: number): Promise<void> {
    await Promise.all(this.#threads.map(({ port }) => port.call('closePort', limitMs)));
  }

  async end(): Promise<void> {
    this.#ending = true;
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()));
  }

  #workerLogOf(route: LogRoute): WorkerLog {
    let number = this.#numbers.get(route.uid);
    if (number === undefined) {
      number = this.#numbers.size;
      this.#numbers.set(route.uid, number);
    }
    this.#served[number] = { uid: route.uid, acceptsDelivered: route.accepts === 'delivered' };
    const { backing: _, ...told } = route;
    const isOpen = this.#options.logFor(route.uid) !== undefined;
    return { route: { ...told, subscriptions: [] }, ...(isOpen && { number }) };
  }

  #start(index: number): Thread {
    const { count, hosts, eventBytesMax, logger, logFor, whenSettled, nameOfCursor, receive } = this.#options;
    const workerData: WorkerStart = {
      hosts,
      userAgent: `millrace/${version}`,
      webhookPaths,
      serverLimits: serverLimitsOf(count, eventBytesMax),
      connectionsPerOrigin: Math.max(
        destinationLimits.callsPerUrl,
        Math.ceil(destinationLimits.connectionsPerOrigin / count),
      ),
    };
    const worker = new Worker(entryFile, {
      workerData,
      name: `worker ${index + 1}`,
      resourceLimits: { maxYoungGenerationSizeMb: workerYoungMib },
    });
    const port = new BatchPort<ToWorker, ToMain>(worker);
    const lane = new AttemptLane(port);
    const intake = new Intake(port, {
      logger,
      logFor,
      whenSettled,
      nameOfCursor,
      logNumbered: (number) => this.#served[number],
    });
    const log: (ask: ToMain['log']['ask']) => undefined = ({ level, text }) => void logger[level](text);
    port.listen(
      {
        entry(kind, reader) {
          if (kind === entry.outcome) lane.read(reader);
          else intake.read(reader);
        },
        batchEnd: () => intake.end(),
        answers: { webhook: receive, log },
      },
      () => lane.onFlush(),
    );
    this.#watch(worker, index);
    return { worker, port, lane };
  }

  /** W2. */
  #watch(worker: Worker, index: number): void {
    const died = (why: string) => {
      if (this.#ending) return;
      this.#ending = true;
      this.#options.onDeath(`worker thread ${index + 1} of ${this.#options.count} ended: ${why}`);
    };
    worker.on('error', (error) => died(error instanceof Error ? error.message : String(error)));
    worker.on('messageerror', (error) => died(error.message));
    worker.on('exit', (code) => died(`it exited with code ${code}`));
  }
}

/** Limits of one worker's port: what protects the process's memory and file descriptors is shared out. */
function serverLimitsOf(workers: number, bodyBytes = httpServerLimits.bodyBytes): WorkerStart['serverLimits'] {
  const { connections, bufferedBytes } = httpServerLimits;
  return {
    bodyBytes,
    connections: Math.ceil(connections / workers),
    bufferedBytes: Math.max(bodyBytes, Math.ceil(bufferedBytes / workers)),
  };
}
