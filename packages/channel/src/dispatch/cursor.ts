/**
 * The place of one subscription in one partition: what it was given, what is settled, and where it goes on.
 *
 * C1. Offsets below `seenUpTo` are settled but for those in `open`; those in `queue` are at `seenUpTo` or above and were
 *     never sent. What a commit records as pending is therefore what was, or may have been, sent.
 * C2. Attached: the shared reader hands it what matches from `from` on. Detached: it reads for itself from `next`, never
 *     past the shared reader's position. It joins and leaves within one turn of the event loop, at one offset, so that
 *     no event is skipped or given twice.
 * C3. Whatever changes what a restart would give it marks it changed, and a commit of the shared position takes every
 *     changed cursor along: the shared position never passes an event that is not recorded for its cursor.
 * C4. While its partition is being given up, nothing of it is begun any more; what is unsettled stays recorded as pending.
 */
import type { CursorState, Offset } from '../log/log.ts';
import { Flight } from './flight.ts';
import { FlightList } from './flight-list.ts';
import type { Held } from './held.ts';
import { Lanes } from './lanes.ts';
import { troubleDelayMs } from './limits.ts';
import { readerInOrder } from './load.ts';
import { howToGoOn } from './lost.ts';
import { OwnReader } from './own-reader.ts';
import { Peek } from './peek.ts';
import { cursorNameOf } from './placing.ts';
import { Queue } from './queue.ts';
import type { SharedReader } from './shared-reader.ts';
import type { Subscription } from './subscription.ts';
import { Alarm } from './timer-heap.ts';

export type CursorPhase =
  | { readonly kind: 'attached' }
  /** Slow, or catching up: it reads for itself. */
  | { readonly kind: 'detached'; next: Offset }
  /** Paused, or its subscriber is unknown: nothing is read. */
  | { readonly kind: 'held'; readonly next: Offset }
  /** The log lost events it had not settled. It says so until a person moves it. */
  | { readonly kind: 'lost'; readonly next: Offset; readonly reason: string }
  /** Its partition goes to another process (C4). */
  | { readonly kind: 'leaving'; readonly next: Offset }
  | { readonly kind: 'closed' };

export class Cursor {
  readonly subscription: Subscription;
  readonly reader: SharedReader;
  /** Taken from the queue and not settled: under way, waiting, ready or parked. In the order they were taken. */
  readonly open = new FlightList();
  /** Given to it and not begun: what is held, and not yet a flight, so that a thousand that wait weigh little. */
  readonly queue = new Queue<Held>();
  phase: CursorPhase;
  /** The first offset the shared reader may hand to it. */
  from: Offset;
  /** When the first event was appended that it wants and has not read, as far as that is known. */
  unreadSinceMs: number | undefined;
  /** Settled since the commit under way, or the last one, was put together. */
  settledCount = 0;
  own: OwnReader | undefined;
  /** It goes on where its stored state says, attached, and was given nothing: there is nothing to record (C3). */
  isRecorded = false;
  /** Made with the first delivery. */
  #abort: AbortController | undefined;
  #onIdle: (() => void) | undefined;
  #peek: Peek | undefined;
  #lanes: Lanes | undefined;
  /** Names the pass that reads the keys of events that are open already; until it ends nothing new may go. */
  #learning: object | undefined;
  #learnTroubles = 0;
  #learnAgain: Alarm | undefined;

  /** `pending`: offsets below `next` that were not settled when the process ended. */
  constructor(subscription: Subscription, reader: SharedReader, next: Offset, pending: readonly Offset[]) {
    this.subscription = subscription;
    this.reader = reader;
    this.from = next;
    this.phase = subscription.hold === 'none' ? { kind: 'detached', next } : { kind: 'held', next };
    for (const offset of pending) {
      const flight = new Flight(this, offset);
      this.open.add(flight);
      subscription.makeReady(flight);
    }
    subscription.countMatches(pending.length);
    if (this.ordered) this.reorder();
  }

  /** Cancels what is under way. */
  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    return this.#abort.signal;
  }

  get isLeaving(): boolean {
    return this.phase.kind === 'leaving';
  }

  get partition(): number {
    return this.reader.partition;
  }

  /** Its name in the log. */
  get name(): string {
    return cursorNameOf(this.subscription.route);
  }

  get ordered(): boolean {
    return this.subscription.route.order === 'ordered';
  }

  /** How many unsettled events it may have at once. Where the order is kept, those behind a stuck key count little. */
  get limit(): number {
    const { windowEvents, orderedOpen } = this.subscription.engine.limits;
    return this.ordered ? orderedOpen : windowEvents;
  }

  /** The first offset it was not given, or was given and has not begun. */
  get seenUpTo(): Offset {
    const first = this.queue.peek();
    return first ? first.record.offset : this.nextUnread;
  }

  get nextUnread(): Offset {
    const { phase } = this;
    if (phase.kind === 'attached' || phase.kind === 'closed') return Math.max(this.reader.position, this.from);
    return phase.next;
  }

  /** The shared reader hands it an event that it wants. */
  offer(held: Held): void {
    const { offset, timeMs } = held.record;
    if (this.phase.kind !== 'attached') {
      if (offset >= this.nextUnread) this.unreadSinceMs ??= timeMs;
      return;
    }
    if (offset < this.from) return; // C2: it read that one itself before it joined.
    if (this.take(held)) {
      this.subscription.pump();
      return;
    }
    this.unreadSinceMs ??= timeMs;
    this.#leave({ kind: 'detached', next: offset });
  }

  /** Puts an event into the window; false when it has no room. */
  take(held: Held): boolean {
    if (this.open.size + this.queue.size >= this.limit || !this.subscription.admit(held)) return false;
    this.queue.push(held);
    this.reader.queued.add(this);
    return true;
  }

  /** The next event that may be sent, taken out of the queue. */
  takeNext(): Flight | undefined {
    if (this.#learning) return undefined;
    for (let held = this.queue.shift(); held; held = this.queue.shift()) {
      const flight = new Flight(this, held.record.offset);
      flight.hold(held);
      this.open.add(flight);
      this.subscription.countMatches(1);
      this.#changed();
      if (!this.#lanes || this.#lanes.admit(flight)) return flight;
      this.subscription.park(flight);
    }
    return undefined;
  }

  /** Where the order is kept: an earlier one of its key is not settled, or that is not known yet. */
  isBehind(flight: Flight): boolean {
    return this.ordered && !flight.isHead;
  }

  settled(flight: Flight): void {
    this.open.remove(flight);
    this.settledCount++;
    const next = this.#lanes?.release(flight);
    if (next?.phase === 'parked') this.subscription.makeReady(next);
    this.reader.committer.settled(this);
  }

  /** It was given the event at `offset` and has not settled it. */
  owes(offset: Offset): boolean {
    for (const flight of this.open) if (flight.offset === offset) return true;
    for (const { record } of this.queue) if (record.offset === offset) return true;
    return false;
  }

  readMore(): void {
    const { phase } = this;
    if (phase.kind !== 'detached') return;
    if (!this.own && phase.next >= this.reader.position && !this.subscription.engine.stopping) this.join(phase.next);
    else {
      if (this.isRecorded) this.#changed(); // The shared position may pass what it reads for itself.
      this.own ??= new OwnReader(this);
      this.own.readMore();
    }
  }

  /** Somebody wants to know `unreadSinceMs`. */
  peek(): void {
    this.#peek ??= new Peek(this);
    this.#peek.look();
  }

  /** It has caught up with the shared reader (C2). */
  join(next: Offset): void {
    this.from = next;
    this.phase = { kind: 'attached' };
    this.unreadSinceMs = undefined;
    if (!this.isRecorded) this.#changed();
    this.reader.join(this);
  }

  hold(): void {
    this.unreadSinceMs ??= this.queue.peek()?.record.timeMs;
    const next = this.#cutQueue();
    if (this.phase.kind !== 'lost' && !this.isLeaving) this.#leave({ kind: 'held', next });
  }

  resume(): void {
    if (this.phase.kind !== 'held') return;
    this.#leave({ kind: 'detached', next: this.phase.next });
  }

  /** The log no longer has what it should read next (log invariant L5 rules it out for stored cursors). */
  lose(next: Offset, what: string): void {
    const { uid, kind, namespace, name } = this.subscription.route;
    const reason = `${what}; ${howToGoOn}`;
    this.subscription.engine.ports.logger.error('events are lost', { uid, kind, namespace, name, reason });
    this.#leave({ kind: 'lost', next, reason });
  }

  /** The log no longer has something that it needs: below `start` nothing is kept. */
  lacks(start: Offset): boolean {
    if (this.phase.kind === 'lost') return true;
    for (const flight of this.open) if (flight.offset < start && !flight.held) return true;
    return false;
  }

  /** A person has said where it goes on, without what is gone: what is below `start` and was never read again. */
  moveOn(next: Offset, start: Offset): void {
    for (const flight of [...this.open]) {
      if (flight.offset >= start || flight.held) continue;
      this.open.remove(flight);
      this.subscription.handBack(flight);
    }
    if (this.phase.kind === 'lost') {
      this.from = next;
      this.unreadSinceMs = undefined;
      this.#leave({ kind: this.subscription.hold === 'none' ? 'detached' : 'held', next });
    }
    this.#changed();
    this.reader.committer.readAhead();
    if (this.ordered) this.reorder();
    this.subscription.pump();
  }

  /** Its partition is being given up (C4): resolves when nothing of it is under way any more. */
  leave(): Promise<void> {
    this.#stopLearning();
    this.own?.close();
    const next = this.#cutQueue();
    this.#leave({ kind: 'leaving', next });
    for (const flight of this.open) if (flight.phase !== 'running') this.subscription.handBack(flight);
    this.subscription.recall(this);
    return new Promise((resolve) => {
      this.#onIdle = resolve;
      this.landed();
    });
  }

  /** Something that was under way when it began to leave has ended. */
  landed(): void {
    for (const flight of this.open) if (flight.phase === 'running') return;
    this.#onIdle?.();
  }

  /** What is under way is cancelled and stays unsettled, whatever comes of it. */
  handBackAll(): void {
    for (const flight of this.open) this.subscription.handBack(flight);
    this.abort();
    this.landed();
  }

  abort(): void {
    this.#abort ??= new AbortController();
    this.#abort.abort();
  }

  /** The delivery order is another one now, or the cursor has been restored. */
  reorder(): void {
    if (this.isLeaving) return;
    this.#lanes = undefined;
    this.#stopLearning();
    if (this.ordered) {
      for (const flight of this.open) flight.isHead = false;
      void this.#learnKeys();
      return;
    }
    this.subscription.recall(this);
    for (const flight of this.open.inOrder()) {
      if (flight.phase === 'ready' || flight.phase === 'parked') this.subscription.makeReady(flight);
    }
  }

  /** What is durable of it once the shared position `readUpTo` is. */
  state(readUpTo: Offset): CursorState {
    const attached = this.phase.kind === 'attached';
    let { seenUpTo } = this;
    const pending: Offset[] = [];
    for (const flight of this.open) pending.push(flight.offset);
    if (attached && seenUpTo < readUpTo) {
      // It joined with a queue from below the shared position: what it was given from there is recorded (C3).
      seenUpTo = readUpTo;
      for (const { record } of this.queue) if (record.offset < readUpTo) pending.push(record.offset);
    }
    if (!isAscending(pending)) pending.sort((a, b) => a - b);
    return { name: this.name, partition: this.partition, seenUpTo, pending, detached: !attached };
  }

  close(): void {
    for (const flight of this.open) this.subscription.handBack(flight);
    this.open.clear();
    this.#cutQueue();
    this.#stopLearning();
    this.own?.close();
    this.reader.committer.forget(this);
    this.#leave({ kind: 'closed' });
    this.subscription.uncommitted -= this.settledCount;
    this.subscription.durable(this.settledCount); // Nobody will say any more that it is: its slots are free.
    this.settledCount = 0;
    this.#onIdle?.();
  }

  #leave(phase: CursorPhase): void {
    const wasAttached = this.phase.kind === 'attached';
    this.phase = phase;
    if (wasAttached) this.reader.leave(this);
    if (phase.kind !== 'closed') this.#changed();
  }

  #changed(): void {
    this.isRecorded = false;
    this.reader.committer.changed(this);
  }

  /** Gives back what was never sent: it is read again later. */
  #cutQueue(): Offset {
    const next = this.seenUpTo;
    for (const held of this.queue) this.subscription.released(held);
    this.queue.clear();
    return next;
  }

  /** Reads the keys of the events that are open already, in their order, and then builds the lanes from them. */
  async #learnKeys(): Promise<void> {
    const pass = {};
    const read = readerInOrder(this);
    this.#learning = pass;
    this.subscription.recall(this);
    for (const flight of this.open.inOrder()) {
      if (flight.record) continue;
      const outcome = await read(flight.offset);
      if (this.#learning !== pass || this.phase.kind === 'closed') return;
      if (outcome.kind === 'trouble') {
        this.subscription.stuckWith(flight, outcome.reason);
        this.#learnAgain ??= new Alarm(() => void this.#learnKeys());
        this.subscription.engine.timers.set(this.#learnAgain, troubleDelayMs(++this.#learnTroubles));
        return;
      }
      flight.describe(outcome.record);
      this.subscription.fine(flight);
    }
    this.#learning = undefined;
    this.#learnTroubles = 0;
    this.#buildLanes();
    this.subscription.pump();
  }

  #stopLearning(): void {
    this.#learning = undefined;
    if (this.#learnAgain) this.subscription.engine.timers.cancel(this.#learnAgain);
  }

  #buildLanes(): void {
    const lanes = new Lanes();
    this.#lanes = lanes;
    this.subscription.recall(this);
    for (const flight of this.open.inOrder()) {
      const isHead = lanes.admit(flight);
      if (flight.phase !== 'ready' && flight.phase !== 'parked') continue; // Under way or waiting: goes on as it is.
      if (isHead) this.subscription.makeReady(flight);
      else this.subscription.park(flight);
    }
  }
}

function isAscending(offsets: readonly Offset[]): boolean {
  for (let index = 1; index < offsets.length; index++) {
    if ((offsets[index - 1] ?? 0) > (offsets[index] ?? 0)) return false;
  }
  return true;
}
