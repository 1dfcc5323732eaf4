/**
 * The dispatch engine: takes routing tables, runs one `LogRunner` per log, and ends without loss.
 *
 *   EventLog ──> SharedReader ──> Matcher ──> Cursor (window) ──> Subscription (slots, rate) ──> fly ──> Deliverer
 *                    │  detached: OwnReader ──┘                        retries: TimerHeap          settle ──> Committer
 *
 * D1. A record that a subscription wants has exactly one terminal outcome for it, or is unsettled in its cursor.
 * D2. Tables are applied one after the other; each is the whole truth about logs and subscriptions.
 * D3. A log that is no longer in the table stops, and keeps its records and cursors: only `removeLog` deletes.
 *
 * Source: design section 4.
 */
import type { LogRoute, RoutingTable } from '@millrace/api';
import type { EventLog, LogStore, Offset } from '../log/log.ts';
import { Engine, type EnginePorts, noDispatchMetrics } from './engine.ts';
import { type DispatchLimits, defaultLimits, openMs } from './limits.ts';
import { LogRunner } from './log-runner.ts';
import type { CursorView, FlowEvent } from './ports.ts';
import type { Settled } from './settlements.ts';
import type { Subscription } from './subscription.ts';
import { Alarm } from './timer-heap.ts';
import { emptyView, Look, viewOf } from './views.ts';
import { within } from './within.ts';

export interface DispatcherOptions extends Omit<EnginePorts, 'limits' | 'metrics'> {
  readonly logs: LogStore;
  readonly metrics?: EnginePorts['metrics'];
  readonly flow?: (event: FlowEvent) => void;
  readonly limits?: Partial<DispatchLimits>;
}

export interface Dispatcher {
  /**
   * Makes the engine do what the table says; resolves when it does, and what is new about cursors is durable.
   * Rejects when a log cannot be opened, after everything else was applied; applying again tries again.
   */
  apply(table: RoutingTable): Promise<void>;
  /** The log of a Broker that is in the table, to append to. */
  logFor(uid: string): EventLog | undefined;
  /**
   * How an event of a log that accepts `delivered` has ended: resolves when every subscription that wants it has settled
   * it, or is paused, or after fifteen minutes. `failed`: for one of them it is in the dead-letter store, or it is not known.
   */
  whenSettled(logUid: string, partition: number, offset: Offset): Promise<Settled>;
  /** Deletes a log that is not in the table any more, with its records and cursors. */
  removeLog(uid: string): Promise<void>;
  views(): CursorView[];
  /**
   * The same by UID, at this moment, for who looks at all of them again and again: each is made when it is asked for, and
   * written over when the next one is.
   */
  viewsByUid(): Pick<ReadonlyMap<string, CursorView>, 'get'>;
  /** Returns what ends it. */
  onFlow(listener: (event: FlowEvent) => void): () => void;
  /** Bytes of events in memory. */
  heldBytes(): number;
  /**
   * Begins nothing new, lets what is under way end within `limitMs`, cancels the rest, and makes progress durable.
   * Gives how many deliveries were handed back unsettled.
   */
  drain(limitMs: number): Promise<{ readonly handedBack: number }>;
  /** Ends at once: what is under way is cancelled and comes again at the next start. */
  stop(): Promise<void>;
}

export function createDispatcher(options: DispatcherOptions): Dispatcher {
  return new DispatchEngine(options);
}

class DispatchEngine implements Dispatcher {
  readonly #engine: Engine;
  readonly #logs: LogStore;
  readonly #runners = new Map<string, LogRunner>();
  /** Logs that take their time to open. */
  readonly #openings = new Map<string, { readonly route: LogRoute; readonly log: Promise<EventLog> }>();
  /** Made when it is asked for, and again after each table. */
  #byUid: ReadonlyMap<string, Subscription> | undefined;
  #applying: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(options: DispatcherOptions) {
    const limits = { ...defaultLimits, ...options.limits };
    const ports = { ...options, metrics: options.metrics ?? noDispatchMetrics, limits };
    this.#logs = options.logs;
    this.#engine = new Engine(ports, () => {
      for (const runner of this.#runners.values()) runner.wake();
    });
    if (options.flow) this.#engine.flow.listen(options.flow);
  }

  async apply(table: RoutingTable): Promise<void> {
    const applied = this.#applying.then(() => this.#apply(table));
    this.#applying = applied.catch(() => {});
    await applied;
    // Not within the chain: a log that cannot commit just now must not keep later tables from taking effect.
    await Promise.all([...this.#runners.values()].map((runner) => runner.durable()));
  }

  logFor(uid: string): EventLog | undefined {
    return this.#runners.get(uid)?.log;
  }

  async whenSettled(logUid: string, partition: number, offset: Offset): Promise<Settled> {
    return (await this.#runners.get(logUid)?.whenSettled(partition, offset)) ?? 'failed';
  }

  removeLog(uid: string): Promise<void> {
    const removed = this.#applying.then(async () => {
      if (this.#runners.has(uid)) throw new Error(`log ${uid} is in the routing table and cannot be removed`);
      await this.#logs.remove(uid);
    });
    this.#applying = removed.catch(() => {});
    return removed;
  }

  viewsByUid(): Pick<ReadonlyMap<string, CursorView>, 'get'> {
    const look = new Look(this.#engine.ports.clock.now());
    const view = emptyView();
    this.#byUid ??= new Map([...this.#runners.values()].flatMap((runner) => [...runner.subscriptions]));
    const subscriptions = this.#byUid;
    return {
      get(uid) {
        const subscription = subscriptions.get(uid);
        return subscription && viewOf(subscription, look, view);
      },
    };
  }

  views(): CursorView[] {
    const look = new Look(this.#engine.ports.clock.now());
    return [...this.#runners.values()].flatMap((runner) => runner.views(look));
  }

  onFlow(listener: (event: FlowEvent) => void): () => void {
    return this.#engine.flow.listen(listener);
  }

  heldBytes(): number {
    return this.#engine.budget.usedBytes;
  }

  async drain(limitMs: number): Promise<{ readonly handedBack: number }> {
    this.#engine.stopping = true;
    await this.#idleWithin(limitMs);
    const handedBack = this.#engine.underWay;
    await this.stop();
    return { handedBack };
  }

  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#engine.stopping = true;
    await this.#applying;
    const runners = [...this.#runners.values()];
    for (const runner of runners) runner.abort();
    await Promise.all(runners.map((runner) => runner.leave()));
    for (const runner of runners) runner.close();
    this.#engine.timers.close();
  }

  async #apply(table: RoutingTable): Promise<void> {
    if (this.#engine.stopping) return;
    const addresses = new Map(table.logs.map((log) => [log.uid, addressOf(log)]));
    this.#engine.setReplyDestination((uid) => addresses.get(uid) ?? uid);
    for (const [uid, runner] of this.#runners) {
      if (addresses.has(uid)) continue;
      await this.#end(uid, runner); // D3
    }
    const results = await Promise.allSettled(table.logs.map((log) => this.#applyLog(log)));
    this.#byUid = undefined;
    const failures = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
    if (failures.length > 0) throw new AggregateError(failures, `${failures.length} logs cannot be served`);
  }

  async #applyLog(route: LogRoute): Promise<void> {
    let runner = this.#runners.get(route.uid);
    if (runner && isElsewhere(runner.route, route)) {
      await this.#end(route.uid, runner);
      runner = undefined;
    }
    if (!runner) {
      const log = await this.#open(route);
      runner = await LogRunner.start(this.#engine, log, route);
      this.#runners.set(route.uid, runner);
    }
    await runner.update(route);
  }

  /** A log on a server that does not answer must not keep later tables from taking effect: it goes on opening. */
  async #open(route: LogRoute): Promise<EventLog> {
    const { uid, retention, backing } = route;
    let opening = this.#openings.get(uid);
    if (!opening || isElsewhere(opening.route, route)) {
      opening = { route, log: this.#logs.open(uid, retention, backing) };
      this.#openings.set(uid, opening);
      opening.log.catch(() => {});
    }
    try {
      if (await within(this.#engine.timers, openMs, opening.log)) return await opening.log;
    } finally {
      if (this.#openings.get(uid) === opening) this.#openings.delete(uid);
    }
    this.#openings.set(uid, opening);
    throw new Error(`the log of ${route.kind} ${route.namespace}/${route.name} is still being opened`);
  }

  /** Ends the work on a log; its records and cursors stay. */
  async #end(uid: string, runner: LogRunner): Promise<void> {
    this.#runners.delete(uid);
    this.#byUid = undefined;
    runner.abort();
    await runner.leave();
    runner.close();
    await this.#logs.release?.(uid);
  }

  /** Resolves when nothing is under way, or the time is over. */
  #idleWithin(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const limit = new Alarm(resolve);
      this.#engine.timers.set(limit, limitMs);
      this.#engine.whenIdle(() => {
        this.#engine.timers.cancel(limit);
        resolve();
      });
    });
  }
}

function addressOf(log: LogRoute): string {
  const [host] = log.hosts;
  return host === undefined ? log.path : `http://${host}${log.path}`;
}

/** The log is another one than before, or answers otherwise. */
function isElsewhere(before: LogRoute, now: LogRoute): boolean {
  return before.accepts !== now.accepts || JSON.stringify(before.backing) !== JSON.stringify(now.backing);
}
