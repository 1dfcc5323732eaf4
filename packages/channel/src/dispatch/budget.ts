/**
 * The bytes of events in memory, over all triggers.
 *
 * B1. `usedBytes` never exceeds the limit, but for a single event that is larger than the limit alone.
 * B2. An event that several triggers hold is counted once, as far as `held.ts` finds it again.
 * B3. A trigger may hold, beside its first event, at most as much as is still free (the dynamic threshold of shared
 *     switch buffers, with factor 1): one that hoards leaves half of what it found to the others.
 * B4. Who was refused is asked again, in the order of asking, as soon as what it needs fits.
 */
import type { Held } from './held.ts';

/** A trigger, as far as the budget knows it. */
export interface Holder {
  /** What its events weigh, those included that others hold too. */
  readonly heldBytes: number;
  /** Gives up bytes it could read again; false when there are none. */
  giveUp(): boolean;
  /** There may be room for what it asked for. */
  roomAgain(): void;
}

/** Waiters that are looked at after one release, so that a release costs the same with many of them. */
const WAITERS_PER_TURN = 32;
/** Triggers that may be asked for bytes to make room for one event. */
const GIVE_UPS_PER_REQUEST = 64;

export class Budget {
  readonly limitBytes: number;
  #usedBytes = 0;
  /** Holders with bytes they could read again. */
  readonly #generous = new Set<Holder>();
  readonly #waiters = new Map<Holder, number>();
  #turnDue = false;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** True when the holder may take `held` now; asks others to give up what they can read again. */
  fits(holder: Holder, held: Held): boolean {
    return held.refs > 0 || this.#makeRoom(holder, held.bytes); // B2
  }

  take(held: Held): void {
    if (held.refs++ > 0) return;
    this.#usedBytes += held.bytes;
    held.taken();
  }

  release(held: Held): void {
    if (--held.refs > 0) return;
    held.released();
    this.#usedBytes -= held.bytes;
    this.#askWaiters();
  }

  /** The holder has bytes now that it could read again. */
  mayGiveUp(holder: Holder): void {
    this.#generous.add(holder);
    this.#askWaiters();
  }

  /** Calls `roomAgain` once `bytes` fit. */
  wait(holder: Holder, bytes: number): void {
    this.#waiters.set(holder, bytes);
  }

  /** It was refused, and `roomAgain` is still to come. */
  isWaiting(holder: Holder): boolean {
    return this.#waiters.has(holder);
  }

  forget(holder: Holder): void {
    this.#waiters.delete(holder);
    this.#generous.delete(holder);
  }

  #makeRoom(holder: Holder, bytes: number): boolean {
    for (let asked = 0; asked < GIVE_UPS_PER_REQUEST; asked++) {
      if (this.#fits(holder, bytes)) return true;
      const [other] = this.#generous;
      if (!other) return false;
      if (!other.giveUp()) this.#generous.delete(other);
    }
    return this.#fits(holder, bytes);
  }

  #fits(holder: Holder, bytes: number): boolean {
    const freeBytes = this.limitBytes - this.#usedBytes;
    if (this.#usedBytes === 0) return true; // B1
    if (bytes > freeBytes) return false;
    return holder.heldBytes === 0 || holder.heldBytes + bytes <= freeBytes; // B3
  }

  #askWaiters(): void {
    if (this.#waiters.size === 0 || this.#turnDue) return;
    this.#turnDue = true;
    queueMicrotask(() => this.#turn());
  }

  #turn(): void {
    this.#turnDue = false;
    let looks = this.#usedBytes === 0 ? this.#waiters.size : Math.min(WAITERS_PER_TURN, this.#waiters.size);
    for (const [holder, bytes] of this.#waiters) {
      if (looks-- === 0) break;
      this.#waiters.delete(holder);
      // Who still does not fit goes to the end, so that one with a large event does not hide the others.
      if (this.#makeRoom(holder, bytes)) holder.roomAgain();
      else this.#waiters.set(holder, bytes);
    }
  }
}
