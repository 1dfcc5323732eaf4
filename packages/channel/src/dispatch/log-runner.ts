/**
 * One log at work: its shared readers, its subscriptions, the index over their filters, and the committer.
 *
 * G1. A cursor that is new is durable before `durable` resolves: what a trigger starts at does not move with a crash.
 * G2. A cursor is removed only when its subscription is not in the table. A table must therefore be whole.
 */
import type { CloudEvent, LogRoute, SubscriptionRoute } from '@millrace/api';
import type { CursorState, EventLog, Offset } from '../log/log.ts';
import { Committer } from './committer.ts';
import { Cursor } from './cursor.ts';
import type { Engine } from './engine.ts';
import type { CursorView, Matcher } from './ports.ts';
import { sameFilter, sameRoute } from './same-route.ts';
import { type Matching, SharedReader } from './shared-reader.ts';
import { Subscription } from './subscription.ts';
import { viewOf } from './views.ts';

export class LogRunner implements Matching {
  readonly log: EventLog;
  all: Matcher<Subscription>;
  #route: LogRoute;
  readonly #engine: Engine;
  readonly #committer: Committer;
  #readers: readonly SharedReader[] = [];
  readonly #subscriptions = new Map<string, Subscription>();
  /** One trigger's filter by itself, for its own reader; made when it is first needed. */
  #single = new Map<Subscription, Matcher<true>>();
  /** Found at the start and not yet taken over by a route. */
  #stored: Map<string, CursorState[]> = new Map();
  #endOnAppend: () => void = () => {};

  private constructor(engine: Engine, log: EventLog, route: LogRoute) {
    this.#engine = engine;
    this.log = log;
    this.#route = route;
    this.all = engine.ports.makeMatcher([]);
    this.#committer = new Committer(engine, log, () => this.#readers);
  }

  /** Loads what is durable and begins; rejects when the cursors cannot be loaded. */
  static async start(engine: Engine, log: EventLog, route: LogRoute): Promise<LogRunner> {
    const stored = await log.loadCursors();
    const runner = new LogRunner(engine, log, route);
    runner.#readers = log.partitions.map((partition, index) => {
      const upTo = stored.readUpTo.find((position) => position.partition === partition)?.offset;
      const from = upTo ?? log.range(partition).start;
      return new SharedReader(engine, log, { partition, index }, from, runner.#committer, runner);
    });
    runner.#stored = Map.groupBy(stored.cursors, (cursor) => cursor.name);
    runner.#endOnAppend = log.onAppend(() => runner.wake());
    return runner;
  }

  get logUid(): string {
    return this.#route.uid;
  }

  wants(subscription: Subscription, event: CloudEvent): boolean {
    let matcher = this.#single.get(subscription);
    if (!matcher) {
      matcher = this.#engine.ports.makeMatcher([{ route: subscription.route, value: true as const }]);
      this.#single.set(subscription, matcher);
    }
    return matcher.match(event).length > 0;
  }

  wake(): void {
    for (const reader of this.#readers) reader.wake();
  }

  /** Makes the log's subscriptions those of `route`. Resolves when it is in effect. */
  async update(route: LogRoute): Promise<void> {
    const { retention } = route;
    if (retention.ageMs !== this.#route.retention.ageMs || retention.bytes !== this.#route.retention.bytes) {
      this.log.setRetention(retention);
    }
    this.#route = route;
    const wanted = new Map(route.subscriptions.map((subscription) => [subscription.uid, subscription]));
    let reindex = this.#removeOthers(wanted);
    const fresh: SubscriptionRoute[] = [];
    for (const subscription of wanted.values()) {
      const known = this.#subscriptions.get(subscription.uid);
      if (!known) fresh.push(subscription);
      else reindex = this.#change(known, subscription) || reindex;
    }
    if (reindex) this.#index();
    if (fresh.length > 0) await this.#add(fresh);
  }

  /** Resolves when what is new about cursors is durable, however long that takes (G1). */
  durable(): Promise<void> {
    return this.#committer.flush('until-durable');
  }

  views(nowMs: number): CursorView[] {
    return [...this.#subscriptions.values()].map((subscription) => viewOf(subscription, nowMs));
  }

  /** Cancels what is under way: it is handed back unsettled. */
  abort(): void {
    for (const subscription of this.#subscriptions.values()) subscription.abort();
  }

  /** Makes progress durable, or has tried once. */
  flush(): Promise<void> {
    return this.#committer.flush('one');
  }

  /** Ends it without removing anything durable. */
  close(): void {
    this.#endOnAppend();
    for (const reader of this.#readers) reader.close();
    for (const subscription of this.#subscriptions.values()) subscription.close();
    this.#subscriptions.clear();
    this.#committer.close();
  }

  #removeOthers(wanted: ReadonlyMap<string, SubscriptionRoute>): boolean {
    let removed = false;
    for (const [uid, subscription] of this.#subscriptions) {
      if (wanted.has(uid)) continue;
      this.#subscriptions.delete(uid);
      this.#single.delete(subscription);
      subscription.close();
      this.#committer.remove(uid);
      removed = true;
    }
    for (const name of this.#stored.keys()) {
      if (wanted.has(name)) continue;
      this.#stored.delete(name);
      this.#committer.remove(name); // Deleted while the process was down.
    }
    return removed;
  }

  /** True when the index must be made anew. */
  #change(subscription: Subscription, route: SubscriptionRoute): boolean {
    const before = subscription.route;
    if (sameRoute(before, route)) return false;
    const otherFilter = !sameFilter(before, route);
    if (otherFilter) this.#single.delete(subscription);
    subscription.update(this.#route, route);
    return otherFilter;
  }

  #index(): void {
    const entries = [...this.#subscriptions.values()].map((value) => ({ route: value.route, value }));
    this.all = this.#engine.ports.makeMatcher(entries);
  }

  async #add(routes: readonly SubscriptionRoute[]): Promise<void> {
    const added = await Promise.all(routes.map(async (route) => ({ route, starts: await this.#starts(route) })));
    const cursors: Cursor[] = [];
    for (const { route, starts } of added) {
      const subscription = new Subscription(this.#engine, this.#route, route);
      subscription.cursors = this.#readers.map((reader, index) => {
        const start = starts[index] ?? { next: 0, pending: [] };
        return new Cursor(subscription, reader, start.next, start.pending);
      });
      this.#subscriptions.set(route.uid, subscription);
      this.#committer.unremove(route.uid);
      for (const cursor of subscription.cursors) this.#committer.changed(cursor);
      cursors.push(...subscription.cursors);
    }
    this.#index();
    // The one that is furthest behind joins first: the shared reader begins there, and nobody has to catch up (H3).
    cursors.sort((a, b) => a.from - b.from);
    for (const cursor of cursors) cursor.readMore();
    for (const cursor of cursors) cursor.subscription.pump();
  }

  /** Where its cursors begin, per partition: where they were, else where the route says (G1). */
  async #starts(route: SubscriptionRoute): Promise<readonly { next: Offset; pending: readonly Offset[] }[]> {
    const stored = this.#stored.get(route.uid);
    this.#stored.delete(route.uid);
    return Promise.all(
      this.#readers.map(async (reader) => {
        if (!stored) return { next: await this.#newStart(route, reader.partition), pending: [] };
        const state = stored.find(({ partition }) => partition === reader.partition);
        // A partition that was added meanwhile: all of it is new to a trigger that was there before.
        if (!state) return { next: this.log.range(reader.partition).start, pending: [] };
        const { seenUpTo, pending, detached } = state;
        return { next: detached ? seenUpTo : Math.max(seenUpTo, reader.committedUpTo), pending };
      }),
    );
  }

  async #newStart({ start }: SubscriptionRoute, partition: number): Promise<Offset> {
    switch (start.kind) {
      case 'latest':
        return this.log.range(partition).end;
      case 'earliest':
        return this.log.range(partition).start;
      case 'time':
        return this.log.offsetAt(partition, start.timeMs);
    }
  }
}
