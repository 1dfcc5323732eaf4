/**
 * A Trigger (or Subscription) at work: its slots, its rate, its window, and what is ready to go.
 *
 * S1. Deliveries under way plus settlements that are not durable yet never exceed `maxInFlight`: a slot is freed when
 *     the settlement is durable, so that a crash repeats no more than that.
 * S2. Its window holds at most `windowEvents` events and `windowBytes` bytes (one event always), within the budget.
 * S3. While it is paused or its subscriber is unknown, nothing is begun and nothing is skipped.
 * S4. Nothing is begun that could not go out now: what waits for a connection would be made for nothing so far, and outlive
 *     the young generation. Whoever delivers says in turn when there is room.
 */
import type { LogRoute, SubscriptionRoute, Target } from '@millrace/api';
import type { Waiter } from '@millrace/runtime';
import type { Holder } from './budget.ts';
import type { Cursor } from './cursor.ts';
import type { Engine, SubscriptionMeter } from './engine.ts';
import type { Flight } from './flight.ts';
import { fly } from './fly.ts';
import type { Held } from './held.ts';
import type { Terminal } from './ports.ts';
import { Pressure } from './pressure.ts';
import { Pace } from './rate.ts';
import { Ready } from './ready.ts';
import type { Settlements } from './settlements.ts';

/** Why nothing is begun for a subscription although it may have events. */
export type Hold = 'none' | 'paused' | 'waiting-for-subscriber';

export class Subscription implements Holder, Waiter {
  readonly engine: Engine;
  log: LogRoute;
  route: SubscriptionRoute;
  /** One for each partition that is served here. */
  cursors: readonly Cursor[] = [];
  /** The same by partition, as shared readers look them up for each event. */
  byPartition: readonly (Cursor | undefined)[] = [];
  /** Who waits for what it settles; nearly no log has somebody. */
  settlements: Settlements | undefined;
  heldBytes = 0;
  matched = 0;
  delivered = 0;
  retries = 0;
  deadLettered = 0;
  /** Settlements that no commit has taken yet. */
  uncommitted = 0;
  /** Waiting for a retry, or ready for one. */
  retrying = 0;
  readonly pressure = new Pressure();
  readonly #meter: SubscriptionMeter;
  readonly #ready = new Ready();
  /** Flights the engine itself cannot get on with, and why. */
  #stuck: Map<Flight, string> | undefined;
  #pace: Pace | undefined;
  /** Where it asked for room and was not told yet that there is some (S4). */
  #askedFor: string | undefined;
  #inFlight = 0;
  #notDurable = 0;
  #holding = 0;
  #pumping = false;
  #pumpAgain = false;
  #closed = false;
  readonly placedMs: number;

  constructor(engine: Engine, log: LogRoute, route: SubscriptionRoute) {
    this.engine = engine;
    this.placedMs = engine.ports.clock.now();
    this.log = log;
    this.route = route;
    this.#meter = engine.ports.metrics.bind(log, route);
    this.#setPace(route.ratePerSecond);
  }

  get hold(): Hold {
    if (this.route.paused) return 'paused';
    return this.route.subscriber ? 'none' : 'waiting-for-subscriber';
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** So many settlements wait to be committed that their slots are missed (S1). */
  get isShortOfSlots(): boolean {
    return this.uncommitted * this.engine.limits.slotsPerCommit >= this.pressure.allowed(this.route.maxInFlight);
  }

  /** Why it is stuck, when it is; one reason of possibly several. */
  get trouble(): string | undefined {
    return this.#stuck?.values().next().value;
  }

  /** True when a record of this size could be taken now, as far as its own window says. */
  hasRoom(bytes: number): boolean {
    if (this.#ready.hasIdle) return true;
    return this.#holding < this.engine.limits.windowEvents && this.#bytesFit(bytes);
  }

  /** Counts a record into the window and the budget (S2). False: no room; `roomAgain` follows a refusal by the budget. */
  admit(held: Held): boolean {
    while (this.#holding >= this.engine.limits.windowEvents || !this.#bytesFit(held.bytes)) {
      if (!this.giveUp()) return false;
    }
    const { budget } = this.engine;
    if (!budget.fits(this, held)) {
      budget.wait(this, held.bytes);
      return false;
    }
    budget.take(held);
    this.#holding++;
    this.heldBytes += held.bytes;
    return true;
  }

  released(held: Held): void {
    this.#holding--;
    this.heldBytes -= held.bytes;
    this.#ready.waitsForRoom = false;
    this.engine.budget.release(held);
  }

  giveUp(): boolean {
    return this.#ready.giveUp();
  }

  roomAgain(): void {
    this.#ready.waitsForRoom = false;
    this.pump();
  }

  /** S4 */
  onTurn(): void {
    this.#askedFor = undefined;
    this.pump();
  }

  /** Events it wants came to their turn. */
  countMatches(count: number): void {
    this.matched += count;
    this.#meter.matched(count);
  }

  /** Begins deliveries as long as slots, rate and window allow, and lets its cursors read on. */
  pump(): void {
    this.#pumpAgain = true; // What is called from here may ask for more of the same.
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#pumpAgain && !this.#closed && !this.engine.stopping) {
      this.#pumpAgain = false;
      if (this.hold === 'none') this.#begin();
      for (const cursor of this.cursors) cursor.readMore();
    }
    this.#pumping = false;
  }

  makeReady(flight: Flight): void {
    if (flight.cursor.isLeaving) {
      this.handBack(flight);
      return;
    }
    flight.phase = 'ready';
    this.#ready.push(flight);
  }

  /** The wait of a retry is over. */
  due(flight: Flight): void {
    if (flight.cursor.isBehind(flight)) this.park(flight);
    else this.makeReady(flight);
    this.pump();
  }

  /** An earlier event of its key is not settled: it may give up its bytes. */
  park(flight: Flight): void {
    if (flight.cursor.isLeaving) {
      this.handBack(flight);
      return;
    }
    flight.phase = 'parked';
    this.#setIdle(flight);
  }

  wait(flight: Flight, delayMs: number): void {
    if (flight.cursor.isLeaving) {
      this.handBack(flight);
      return;
    }
    flight.phase = 'waiting';
    if (!flight.retrying) this.retrying++;
    flight.retrying = true;
    this.#setIdle(flight);
    this.engine.timers.set(flight, delayMs);
  }

  /** What the engine itself needs for this flight has failed: it says so and tries again. */
  troubled(flight: Flight, reason: string, delayMs: number): void {
    if (!this.#stuck?.has(flight)) {
      const { uid, namespace, name } = this.route;
      this.engine.ports.logger.warn('a delivery is stuck', { uid, namespace, name, offset: flight.offset, reason });
    }
    this.stuckWith(flight, reason);
    this.wait(flight, delayMs);
  }

  /** It stays unsettled, and whoever serves its partition next begins it anew. What is under way drops its bytes when it lands. */
  handBack(flight: Flight): void {
    this.engine.timers.cancel(flight);
    this.#stuck?.delete(flight);
    this.#ready.notIdle(flight);
    if (flight.retrying) this.retrying--;
    flight.retrying = false;
    if (flight.phase !== 'running') flight.drop();
    flight.phase = 'closed';
  }

  /** As `troubled`, for a flight that is tried again by somebody else. */
  stuckWith(flight: Flight, reason: string): void {
    this.#stuck ??= new Map();
    this.#stuck.set(flight, reason);
  }

  fine(flight: Flight): void {
    this.#stuck?.delete(flight);
  }

  /** It goes before all others that are ready, unless another of its key must be settled first. */
  goFirst(flight: Flight): void {
    if (flight.cursor.isBehind(flight)) {
      this.park(flight);
      return;
    }
    if (flight.cursor.isLeaving) {
      this.handBack(flight);
      return;
    }
    flight.phase = 'ready';
    if (this.hold !== 'none') flight.drop();
    this.#ready.unshift(flight);
  }

  /** There was no room for the bytes of one that is ready: the others wait with it, until something is released. */
  lackRoom(): void {
    this.#ready.waitsForRoom = true;
  }

  retried(): void {
    this.retries++;
    this.#meter.retried();
  }

  /** The one terminal outcome of a flight (F1). Its slot stays taken until the cursor's commit is durable (S1). */
  settle(flight: Flight, held: Held, terminal: Terminal): void {
    if (flight.phase !== 'running') throw new Error(`offset ${flight.offset} is settled while it is ${flight.phase}`);
    flight.phase = 'settled';
    this.#notDurable++;
    this.uncommitted++;
    this.#stuck?.delete(flight);
    if (terminal.kind === 'delivered') {
      this.delivered++;
      this.#meter.delivered(terminal.latencyMs);
    } else {
      this.deadLettered++;
      this.#meter.deadLettered(terminal.to);
    }
    const { flow } = this.engine;
    if (flow.active) {
      flow.tell({
        kind: 'settled',
        logUid: this.log.uid,
        subscription: this.route.uid,
        record: held.record,
        terminal,
      });
    }
    flight.drop();
    flight.cursor.settled(flight);
    this.settlements?.settled(this, flight, terminal);
  }

  /** `fly` is done with it for now, whatever came of it: its slot is free, but for what S1 still counts. */
  landed(flight: Flight): void {
    this.#inFlight--;
    if (flight.phase === 'running') flight.phase = 'closed'; // Handed back unsettled: the engine stops.
    if (flight.phase === 'closed') flight.drop();
    if (flight.cursor.isLeaving) flight.cursor.landed();
    this.engine.ended();
    this.pump();
  }

  /** This many settlements became durable. */
  durable(count: number): void {
    this.#notDurable -= count;
    this.pump();
  }

  /** The route as it is now; what is under way goes on. The caller sees to a changed filter. */
  update(log: LogRoute, route: SubscriptionRoute): void {
    const before = this.hold;
    const { ratePerSecond, order } = this.route;
    this.log = log;
    this.route = route;
    if (route.ratePerSecond !== ratePerSecond) this.#setPace(route.ratePerSecond);
    if (before === 'none' && this.hold !== 'none') {
      this.#ready.giveUpAll();
      for (const cursor of this.cursors) cursor.hold();
      this.settlements?.forget(this);
    } else if (before !== 'none' && this.hold === 'none') {
      for (const cursor of this.cursors) cursor.resume();
    }
    if (route.order !== order) for (const cursor of this.cursors) cursor.reorder();
    this.pump();
  }

  /** It is gone: nothing of it counts any more. What is under way is cancelled, and what comes of it is not recorded. */
  close(): void {
    this.#closed = true;
    this.abort();
    this.#setPace(undefined);
    this.engine.budget.forget(this);
    for (const cursor of this.cursors) cursor.close();
    this.#ready.clear();
    this.#stuck?.clear();
    this.settlements?.forget(this);
    this.engine.ports.metrics.forget(this.log, this.route);
  }

  /** Cancels what is under way; it is handed back unsettled. */
  abort(): void {
    for (const cursor of this.cursors) cursor.abort();
  }

  /** Its place in one more partition. */
  addCursor(cursor: Cursor): void {
    // Neither pushed nor spread: that leaves room for sixteen more, in each of ten thousand triggers.
    const length = Math.max(this.byPartition.length, cursor.partition + 1);
    this.byPartition = Array.from({ length }, (_, at) => (at === cursor.partition ? cursor : this.byPartition[at]));
    this.cursors = this.cursors.concat(cursor);
  }

  /** The cursor's partition is served elsewhere. */
  removeCursor(cursor: Cursor): void {
    this.byPartition = this.byPartition.with(cursor.partition, undefined);
    this.cursors = this.cursors.filter((other) => other !== cursor);
    cursor.abort();
    cursor.close();
    this.#ready.recall(cursor);
    this.settlements?.forget(this);
    this.pump();
  }

  /** Takes flights of a cursor back from those that are ready. */
  recall(cursor: Cursor): void {
    this.#ready.recall(cursor);
  }

  #begin(): void {
    while (this.#inFlight + this.#notDurable < this.pressure.allowed(this.route.maxInFlight)) {
      if (this.#pace?.waits) return;
      const flight = this.#ready.next(this.cursors);
      if (!flight) return;
      const { subscriber } = this.route;
      if (flight.stage.kind === 'subscriber' && subscriber && !this.#mayGo(subscriber)) {
        this.#ready.unshift(flight);
        return;
      }
      this.#ready.notIdle(flight);
      if (flight.retrying) this.retrying--;
      flight.retrying = false;
      flight.phase = 'running';
      this.#inFlight++;
      this.engine.begun();
      void fly(flight);
    }
  }

  /** False: it is told when to try again. */
  #mayGo(subscriber: Target): boolean {
    const waiter = this.#askedFor === subscriber.url ? undefined : this;
    if (this.engine.ports.deliverer.hasRoom?.(subscriber, waiter) !== false) return this.#pace?.take() ?? true;
    this.#askedFor = subscriber.url;
    return false;
  }

  #setIdle(flight: Flight): void {
    if (!flight.held) return;
    this.#ready.setIdle(flight);
    if (this.#ready.waitsForRoom) this.#pumpAgain = true; // It can make room itself now.
    this.#ready.waitsForRoom = false;
    this.engine.budget.mayGiveUp(this);
  }

  #setPace(ratePerSecond: number | undefined): void {
    this.#pace?.end();
    this.#pace =
      ratePerSecond === undefined ? undefined : new Pace(ratePerSecond, this.engine.timers, () => this.pump());
  }

  #bytesFit(bytes: number): boolean {
    return this.#holding === 0 || this.heldBytes + bytes <= this.engine.limits.windowBytes;
  }
}
