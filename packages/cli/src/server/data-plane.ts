/**
 * The data plane of one process: logs, dispatch, ingress and delivery, driven by routing tables and by nothing else.
 *
 * P1. A broker or channel is reachable at ingress only after its log is open and its triggers are placed: an event that is
 *     accepted finds every trigger that was ready before it.
 * P2. Tables are applied in order; when several come while one is applied, only the newest follows.
 * P3. `serves` says true only of what is reachable and of a trigger that is placed: their status promises P1.
 */

import { emptyRoutingTable, type LogRoute, type RoutingTable } from '@millrace/api';
import { createIngress, createStoreReply, type Ingress, makeMatcher } from '@millrace/broker';
import {
  type CursorView,
  createDeliverer,
  createDispatcher,
  type DeadLetterStore,
  type Deliverer,
  type Dispatcher,
  type LogStore,
} from '@millrace/channel';
import type { Metrics } from '@millrace/runtime';
import { placeOf } from '../client/places.ts';
import { version } from '../version.ts';
import { createDispatchMetrics } from './dispatch-metrics.ts';
import type { ServerPorts } from './effects.ts';
import type { OpenLog } from './stored-events.ts';

interface DataPlanePorts extends ServerPorts {
  readonly metrics: Metrics;
}

export interface DataPlaneOptions extends DataPlanePorts {
  readonly logs: LogStore;
  readonly deadLetters: DeadLetterStore;
  /** Names and addresses besides loopback under which the data port is reached. */
  readonly hosts: readonly string[];
  /** Threads that take in and deliver; absent: both are done here. */
  readonly workers?: DataPlaneWorkers;
}

interface DataPlaneWorkers {
  /** Absent: this thread delivers. */
  readonly deliverer: Deliverer | undefined;
  /** Resolves when all of them have the table. */
  apply(table: RoutingTable): Promise<void>;
}

export interface DataPlane {
  readonly ingress: Ingress;
  readonly dispatcher: Dispatcher;
  /** Takes a table; resolves when it, or a newer one, is in force. */
  apply(table: RoutingTable): Promise<void>;
  table(): RoutingTable;
  /** Whether a log or a subscription (by UID) is served; undefined before the first table. */
  serves(uid: string): boolean | undefined;
  /** Told each time a table has come into force. */
  onApplied(listener: () => void): void;
  view(uid: string): CursorView | undefined;
  /** Logs that are served: all, or the one that is called so (`placeOf`). */
  openLogs(place?: string): readonly OpenLog[];
  /** Lets deliveries under way end, makes progress durable, and closes what sends. Gives how many it had to cut off. */
  drain(limitMs: number): Promise<number>;
}

/** Views are made for all triggers at once; a scrape asks for each gauge of each trigger. */
const viewsFreshMs = 200;
/** A table that could not be applied (a log that does not open) is tried again. */
const applyAgainMs = 1_000;

export function createDataPlane(options: DataPlaneOptions): DataPlane {
  return new LocalDataPlane(options);
}

class LocalDataPlane implements DataPlane {
  readonly ingress: Ingress;
  readonly dispatcher: Dispatcher;
  readonly #ports: DataPlanePorts;
  readonly #deliverer: Deliverer;
  readonly #workers: DataPlaneWorkers | undefined;
  #applied: RoutingTable = emptyRoutingTable;
  /** By UID, of the newest table: what a reply is to be stored in may just have come. */
  #routes: ReadonlyMap<string, LogRoute> = new Map();
  #next: RoutingTable | undefined;
  #applying: Promise<void> | undefined;
  #served: ReadonlySet<string> | undefined;
  readonly #listeners: (() => void)[] = [];
  #views = new Map<string, CursorView>();
  #viewsAtMs = Number.NEGATIVE_INFINITY;
  #ended = false;

  constructor(options: DataPlaneOptions) {
    const { clock, random, logger, metrics } = options;
    this.#ports = { clock, random, logger, metrics };
    const logs = (uid: string) => this.dispatcher.logFor(uid);
    this.#workers = options.workers;
    this.#deliverer = options.workers?.deliverer ?? createDeliverer({ clock, userAgent: `millrace/${version}` });
    const whenSettled = (uid: string, partition: number, offset: number) =>
      this.dispatcher.whenSettled(uid, partition, offset);
    this.ingress = createIngress({ clock, metrics, logs, whenSettled, hosts: options.hosts });
    this.dispatcher = createDispatcher({
      clock,
      random,
      logger,
      logs: options.logs,
      deadLetters: options.deadLetters,
      deliverer: this.#deliverer,
      makeMatcher,
      storeReply: createStoreReply({ clock, logs, routeOf: (uid) => this.#routes.get(uid) }),
      metrics: createDispatchMetrics(metrics, (uid) => this.view(uid)),
    });
  }

  apply(table: RoutingTable): Promise<void> {
    this.#next = table;
    this.#applying ??= this.#applyNewest().finally(() => {
      this.#applying = undefined;
    });
    return this.#applying;
  }

  table(): RoutingTable {
    return this.#applied;
  }

  serves(uid: string): boolean | undefined {
    return this.#served?.has(uid);
  }

  onApplied(listener: () => void): void {
    this.#listeners.push(listener);
  }

  view(uid: string): CursorView | undefined {
    const nowMs = this.#ports.clock.monotonic();
    if (nowMs - this.#viewsAtMs > viewsFreshMs) {
      this.#viewsAtMs = nowMs;
      this.#views = new Map(this.dispatcher.views().map((view) => [view.subscription, view]));
    }
    return this.#views.get(uid);
  }

  openLogs(place?: string): readonly OpenLog[] {
    return this.#applied.logs.flatMap((route) => {
      const log = this.dispatcher.logFor(route.uid);
      return log && (place === undefined || place === placeOf(route)) ? [{ route, log }] : [];
    });
  }

  async drain(limitMs: number): Promise<number> {
    this.#ended = true;
    await this.#applying;
    const { handedBack } = await this.dispatcher.drain(limitMs);
    if (handedBack > 0)
      this.#ports.logger.info('deliveries handed back: they come again at the next start', { events: handedBack });
    await this.#deliverer.close();
    return handedBack;
  }

  /** P2 */
  async #applyNewest(): Promise<void> {
    for (let table = this.#next; table && !this.#ended; table = this.#next) {
      this.#next = undefined;
      this.#routes = new Map(table.logs.map((route) => [route.uid, route]));
      try {
        await this.dispatcher.apply(table);
      } catch (error) {
        this.#retry(table, error);
      }
      this.#applied = table;
      this.ingress.apply(table); // P1
      if (this.#workers) await this.#workers.apply(table);
      this.#served = this.#servedBy(table);
      for (const listener of this.#listeners) listener();
    }
  }

  /** P3 */
  #servedBy({ logs }: RoutingTable): ReadonlySet<string> {
    const served = new Set(this.dispatcher.views().map(({ subscription }) => subscription));
    for (const { uid, accepts, subscriptions } of logs) {
      if (this.dispatcher.logFor(uid)) served.add(uid);
      if (accepts !== 'delivered') continue;
      // Its sender would be told that all have had the event, and it would wait for its subscriber to be known.
      for (const { uid: subscription, subscriber } of subscriptions) if (!subscriber) served.delete(subscription);
    }
    return served;
  }

  #retry(table: RoutingTable, error: unknown): void {
    const reasons = error instanceof AggregateError ? error.errors : [error];
    const reason = reasons.map((one) => (one instanceof Error ? one.message : String(one))).join('; ');
    this.#ports.logger.error('a log cannot be served; trying again', { reason });
    this.#ports.clock.setTimer(applyAgainMs, () => {
      if (!this.#next && this.#applied === table) void this.apply(table);
    });
  }
}
