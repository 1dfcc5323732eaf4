/**
 * One log at work: its subscriptions, the index over their filters, the partitions it serves, and the committer.
 *
 * G1. A cursor that is new is durable before `durable` resolves: what a trigger starts at does not move with a crash.
 * G2. A cursor is removed only when its subscription is not in the table. A table must therefore be whole. Where processes
 *     share the log, only what this one removed itself: others may know more.
 */
import type { CloudEvent, LogRoute, SubscriptionRoute } from '@millrace/api';
import type { EventLog } from '../log/log.ts';
import { Committer } from './committer.ts';
import type { Engine } from './engine.ts';
import { cursorNameOf, newStart, Stored } from './placing.ts';
import type { CursorView, Matcher } from './ports.ts';
import { sameFilter, sameRoute, sameStart } from './same-route.ts';
import { Serving } from './serving.ts';
import { type Settled, Settlements } from './settlements.ts';
import type { Matching, SharedReader } from './shared-reader.ts';
import { Sharing } from './sharing.ts';
import { Subscription } from './subscription.ts';
import { type Look, viewOf } from './views.ts';

const noCursors = { cursors: [], readUpTo: [] };
const oneRecord = { records: 1, bytes: 1 };

export class LogRunner implements Matching {
  readonly log: EventLog;
  readonly engine: Engine;
  readonly committer: Committer;
  readonly serving: Serving;
  readonly subscriptions = new Map<string, Subscription>();
  all: Matcher<Subscription>;
  #route: LogRoute;
  /** Where processes share the log. */
  readonly #sharing: Sharing | undefined;
  readonly #settlements: Settlements | undefined;
  /** One trigger's filter by itself, for its own reader; made when it is first needed. */
  #single = new Map<Subscription, Matcher<true>>();
  /** Found at the start and not yet taken over by a route. */
  #stored = new Stored(noCursors);
  /** A person said anew where they go on. */
  readonly #toMove = new Set<Subscription>();
  /** The first table is in effect: before that nothing may be read, or the shared position would pass stored cursors. */
  #isPlaced = false;
  #isWoken = false;
  #turn: Promise<unknown> = Promise.resolve();
  #endOnAppend: () => void = () => {};

  private constructor(engine: Engine, log: EventLog, route: LogRoute) {
    this.engine = engine;
    this.log = log;
    this.#route = route;
    this.all = engine.ports.makeMatcher([]);
    this.committer = new Committer(engine, log, () => this.serving.readers());
    this.serving = new Serving(engine, log, this.committer, this);
    this.#sharing = log.share ? new Sharing(this) : undefined;
    this.#settlements = route.accepts === 'delivered' ? new Settlements(engine) : undefined;
  }

  /** Loads what is durable and begins; rejects when the cursors cannot be loaded. */
  static async start(engine: Engine, log: EventLog, route: LogRoute): Promise<LogRunner> {
    const runner = new LogRunner(engine, log, route);
    if (!runner.#sharing) {
      const stored = await log.loadCursors(route.subscriptions.map(cursorNameOf));
      runner.#stored = new Stored(stored);
      for (const partition of log.partitions) {
        const upTo = stored.readUpTo.find((position) => position.partition === partition)?.offset;
        runner.serving.add(runner.serving.makeReader(partition, upTo));
      }
    }
    runner.#endOnAppend = log.onAppend(() => runner.wake());
    return runner;
  }

  get logUid(): string {
    return this.#route.uid;
  }

  get route(): LogRoute {
    return this.#route;
  }

  wants(subscription: Subscription, event: CloudEvent): boolean {
    let matcher = this.#single.get(subscription);
    if (!matcher) {
      matcher = this.engine.ports.makeMatcher([{ route: subscription.route, value: true as const }]);
      this.#single.set(subscription, matcher);
    }
    return matcher.match(event).length > 0;
  }

  wake(): void {
    if (this.#isPlaced) this.serving.wake();
    else this.#isWoken = true;
  }

  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Makes the log's subscriptions those of `route`. Resolves when it is in effect. */
  async update(route: LogRoute): Promise<void> {
    await this.inTurn(() => this.#update(route));
    this.#sharing?.begin();
    if (this.#isPlaced) return;
    this.#isPlaced = true;
    if (this.#isWoken) this.wake();
  }

  /** Resolves when what is new about cursors is durable, however long that takes (G1). */
  async durable(): Promise<void> {
    await this.#sharing?.placed();
    await this.committer.flush('until-durable');
  }

  views(look: Look): CursorView[] {
    return Array.from(this.subscriptions.values(), (subscription) => viewOf(subscription, look));
  }

  /** How the event at `offset` ended for every subscription that wants it. Only for a log that accepts `delivered`. */
  async whenSettled(partition: number, offset: number): Promise<Settled> {
    if (!this.#settlements) throw new Error(`log ${this.log.name} does not say when events are settled`);
    const outcome = await this.log.read(partition, offset, oneRecord);
    const record = outcome.kind === 'records' ? outcome.records[0] : undefined;
    const owing = new Set<Subscription>();
    for (const subscription of record?.offset === offset ? this.subscriptions.values() : []) {
      const cursor = subscription.byPartition[partition];
      if (!cursor || subscription.hold !== 'none') continue;
      const isUnread = cursor.nextUnread <= offset && record && this.wants(subscription, record.event);
      if (isUnread || cursor.owes(offset)) owing.add(subscription);
    }
    return this.#settlements.wait(partition, offset, owing);
  }

  /** Cancels what is under way: it is handed back unsettled. */
  abort(): void {
    for (const subscription of this.subscriptions.values()) subscription.abort();
  }

  /** Makes progress durable, or has tried once, and gives shared partitions back. */
  async leave(): Promise<void> {
    this.#settlements?.end();
    await this.committer.flush('one');
    await this.#sharing?.end();
  }

  /** Ends it without removing anything durable. */
  close(): void {
    this.#endOnAppend();
    this.serving.close();
    for (const subscription of this.subscriptions.values()) subscription.close();
    this.subscriptions.clear();
    this.committer.close();
  }

  async #update(route: LogRoute): Promise<void> {
    const { retention } = route;
    if (retention.ageMs !== this.#route.retention.ageMs || retention.bytes !== this.#route.retention.bytes) {
      this.log.setRetention(retention);
    }
    this.#route = route;
    const wanted = new Map(route.subscriptions.map((subscription) => [subscription.uid, subscription]));
    let reindex = this.#removeOthers(wanted);
    const fresh: SubscriptionRoute[] = [];
    for (const subscription of wanted.values()) {
      const known = this.subscriptions.get(subscription.uid);
      if (!known) fresh.push(subscription);
      else {
        if (!sameStart(known.route, subscription)) this.#toMove.add(known);
        reindex = this.#change(known, subscription) || reindex;
      }
    }
    if (reindex) this.#index();
    if (fresh.length > 0) await this.#add(fresh);
    for (const subscription of this.#toMove) {
      if (this.subscriptions.get(subscription.route.uid) === subscription) await this.#moveOn(subscription);
      this.#toMove.delete(subscription);
    }
  }

  #removeOthers(wanted: ReadonlyMap<string, SubscriptionRoute>): boolean {
    let removed = false;
    for (const [uid, subscription] of this.subscriptions) {
      const name = cursorNameOf(subscription.route);
      const route = wanted.get(uid);
      if (route && cursorNameOf(route) === name) continue;
      this.subscriptions.delete(uid);
      this.#single.delete(subscription);
      subscription.close();
      this.committer.remove(name);
      removed = true;
    }
    const names = new Set([...wanted.values()].map(cursorNameOf));
    for (const name of this.#stored.names) {
      if (names.has(name)) continue;
      this.#stored.forget(name);
      this.committer.remove(name); // Deleted while the process was down.
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
    const entries = [...this.subscriptions.values()].map((value) => ({ route: value.route, value }));
    this.all = this.engine.ports.makeMatcher(entries);
  }

  async #add(routes: readonly SubscriptionRoute[]): Promise<void> {
    const names = routes.map(cursorNameOf);
    const stored = this.#sharing ? new Stored(await this.log.loadCursors(names)) : this.#stored;
    for (const name of names) if (this.committer.isRemoving(name)) stored.forget(name);
    const subscriptions = routes.map((route) => new Subscription(this.engine, this.#route, route));
    const beginnings = await this.serving.beginnings(subscriptions, [...this.serving.readers()], stored);
    const cursors = this.serving.place(beginnings.filter(({ reader }) => this.#isServed(reader)));
    for (const subscription of subscriptions) {
      subscription.settlements = this.#settlements;
      this.subscriptions.set(subscription.route.uid, subscription);
    }
    for (const name of names) {
      stored.forget(name);
      this.committer.unremove(name);
    }
    this.#index();
    this.serving.begin(cursors);
  }

  #isServed(reader: SharedReader): boolean {
    return this.#sharing === undefined || this.#sharing.isMine(reader.partition);
  }

  /** Somebody said where to go on: that is for what is lost, and moves nothing else. */
  async #moveOn(subscription: Subscription): Promise<void> {
    for (const cursor of subscription.cursors) {
      const { partition } = cursor;
      if (!cursor.lacks(this.log.range(partition).start)) continue;
      const next = await newStart(this.log, subscription.route, partition);
      if (cursor.phase.kind !== 'closed' && !cursor.isLeaving) cursor.moveOn(next, this.log.range(partition).start);
    }
  }
}
