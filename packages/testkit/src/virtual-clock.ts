/**
 * A clock that moves only when it is told to.
 *
 * V1. Timers fire in order of their due time; those of the same time in the order they were set.
 * V2. Between two timers all promise work that is ready runs, as it would in a real process.
 */
import type { Clock, Timer } from '@millrace/runtime';

interface Entry {
  readonly atMs: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
}

export class VirtualClock implements Clock {
  #nowMs = 0;
  readonly #startMs: number;
  #order = 0;
  #pending = 0;
  /** A binary heap by due time; cancelled entries stay until they come up. */
  readonly #heap: Entry[] = [];

  /** `startMs` is what `now()` gives at first: 2026-01-01T00:00:00Z unless told otherwise. */
  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#nowMs;
  }

  monotonic(): number {
    return this.#nowMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback, cancelled: false };
    this.#pending++;
    this.#push(entry);
    return { cancel: () => this.#cancel(entry) };
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#pending;
  }

  /** Milliseconds until the next timer fires, or undefined when none is set. */
  get nextInMs(): number | undefined {
    const next = this.#next();
    return next && next.atMs - this.#nowMs;
  }

  /** Moves on by `ms`, firing what falls due (V1), and lets promise work run in between (V2). */
  async advance(ms: number): Promise<void> {
    const until = this.#nowMs + ms;
    await settlePromises();
    for (let next = this.#next(); next && next.atMs <= until; next = this.#next()) {
      this.#pop();
      this.#cancel(next);
      this.#nowMs = next.atMs;
      next.callback();
      await settlePromises();
    }
    this.#nowMs = until;
    await settlePromises();
  }

  /** Advances from timer to timer until `done` holds; throws when `limitMs` of virtual time have passed first. */
  async advanceUntil(done: () => boolean, limitMs: number): Promise<void> {
    const until = this.#nowMs + limitMs;
    await settlePromises();
    while (!done()) {
      const inMs = this.nextInMs;
      if (inMs === undefined || this.#nowMs + inMs > until) {
        throw new Error(`condition not reached in ${limitMs} ms of virtual time (${this.pending} timers set)`);
      }
      await this.advance(inMs);
    }
  }

  #cancel(entry: Entry): void {
    if (entry.cancelled) return;
    entry.cancelled = true;
    this.#pending--;
  }

  #next(): Entry | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0];
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.push(entry) - 1;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex];
      if (!parent || !isBefore(entry, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const child = left && right && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, last)) break;
      const childIndex = child === left ? 2 * index + 1 : 2 * index + 2;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = last;
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

/** Lets everything run that waits only for promises. One turn of the event loop drains the microtask queue wholly. */
export function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
