/**
 * A queue of keys for workers, after controller-runtime's and client-go's rules.
 *
 * Q1. A key is in the queue at most once, however often it was added.
 * Q2. A key is with at most one worker at a time. One added meanwhile comes again when the worker is done, and no add is
 *     lost: after the last `add` of a key there is always a later `take` of it.
 * Q3. A failed key comes again after a delay that grows with its failures, with jitter, up to a limit; `forget` resets it.
 *     An `add` meanwhile does not wait for the delay.
 * Q4. One timer serves all delayed keys.
 */
import type { Clock, Random, Timer } from '@millrace/runtime';

/** First delay of a failed key: soon enough that a passing conflict is not felt. */
const backoffDelayMs = 20;
/** Longest delay: a lasting cause that mends itself is noticed within half a minute. */
const backoffDelayMsMax = 30_000;
/** Part of a delay that is random, so that keys that failed together do not come together. */
const backoffJitter = 0.2;

export interface WorkQueueOptions {
  readonly clock: Clock;
  readonly random: Random;
}

export class WorkQueue<K extends string> {
  readonly #clock: Clock;
  readonly #random: Random;
  /** Waiting for a worker, in the order of adding: a Set keeps it, and each key once (Q1). */
  readonly #ready = new Set<K>();
  readonly #processing = new Set<K>();
  /** Added again while with a worker (Q2). */
  readonly #dirty = new Set<K>();
  /** When a delayed key is due, by the monotonic clock. */
  readonly #delayed = new Map<K, number>();
  readonly #failures = new Map<K, number>();
  readonly #takers: ((key: K | undefined) => void)[] = [];
  readonly #idlers: (() => void)[] = [];
  #timer: { readonly timer: Timer; readonly dueMs: number } | undefined;
  #closed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.#random = options.random;
  }

  add(key: K): void {
    if (this.#closed) return;
    this.#delayed.delete(key); // Q3
    if (this.#processing.has(key)) this.#dirty.add(key);
    else if (!this.#ready.has(key)) {
      const taker = this.#takers.shift();
      if (taker === undefined) this.#ready.add(key);
      else {
        this.#processing.add(key);
        taker(key);
      }
    }
  }

  /** Adds a key when `delayMs` has passed, unless it is added before. The earlier of two delays holds. */
  addAfter(key: K, delayMs: number): void {
    if (this.#closed) return;
    const dueMs = this.#clock.monotonic() + delayMs;
    if ((this.#delayed.get(key) ?? Number.POSITIVE_INFINITY) <= dueMs) return;
    this.#delayed.set(key, dueMs);
    this.#schedule(dueMs);
  }

  /** Adds a failed key after its back-off (Q3). Gives the delay in milliseconds. */
  retry(key: K): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const delayMs = Math.min(backoffDelayMs * 2 ** Math.min(failures, 30), backoffDelayMsMax);
    const jittered = delayMs * (1 - backoffJitter * this.#random.next());
    this.addAfter(key, jittered);
    return jittered;
  }

  /** The key did well: its next failure begins with the first delay. */
  forget(key: K): void {
    this.#failures.delete(key);
  }

  /** How often a key failed since it last did well. */
  failures(key: K): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The next key; undefined when the queue was closed. Every taken key must be given to `done`. */
  take(): Promise<K | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#processing.add(key);
      return Promise.resolve(key);
    }
    return new Promise((resolve) => this.#takers.push(resolve));
  }

  done(key: K): void {
    this.#processing.delete(key);
    if (this.#dirty.delete(key)) this.add(key);
    this.#tellIdle();
  }

  /** Keys that wait for a worker. */
  get length(): number {
    return this.#ready.size;
  }

  /** True when no key waits or is with a worker. Keys that wait for a delay do not count. */
  get isIdle(): boolean {
    return this.#ready.size === 0 && this.#processing.size === 0;
  }

  idle(): Promise<void> {
    return this.isIdle ? Promise.resolve() : new Promise((resolve) => this.#idlers.push(resolve));
  }

  /** Ends it: takers get undefined, what waits is dropped. */
  close(): void {
    this.#closed = true;
    this.#timer?.timer.cancel();
    this.#ready.clear();
    this.#dirty.clear();
    this.#delayed.clear();
    for (const taker of this.#takers.splice(0)) taker(undefined);
    this.#tellIdle();
  }

  #tellIdle(): void {
    if (!this.isIdle) return;
    for (const idler of this.#idlers.splice(0)) idler();
  }

  /** Sets the one timer to the earliest due time (Q4). */
  #schedule(dueMs: number): void {
    if (this.#timer !== undefined) {
      if (this.#timer.dueMs <= dueMs) return;
      this.#timer.timer.cancel();
    }
    const timer = this.#clock.setTimer(Math.max(0, dueMs - this.#clock.monotonic()), () => this.#fire());
    this.#timer = { timer, dueMs };
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const [key, dueMs] of [...this.#delayed].sort((left, right) => left[1] - right[1])) {
      if (dueMs <= nowMs) this.add(key);
      else nextMs = Math.min(nextMs, dueMs);
    }
    if (nextMs !== Number.POSITIVE_INFINITY) this.#schedule(nextMs);
  }
}
