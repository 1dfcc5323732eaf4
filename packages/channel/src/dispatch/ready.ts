/**
 * The flights of one subscription that may go when there is a slot, and those whose bytes could be read again.
 *
 * Q1. Those whose bytes were just read again go first, and are not given up; then those that are ready, in their order.
 * Q2. Idle ones have bytes in memory and wait: for a retry, or behind one of their key. They give the bytes up to make room.
 * Q3. Each of the three is made when the first flight comes: most triggers never have any.
 */
import type { Cursor } from './cursor.ts';
import type { Flight } from './flight.ts';
import { Queue } from './queue.ts';

export class Ready {
  /** There was no room for the bytes of one that is ready: the others wait with it, until something is released. */
  waitsForRoom = false;
  /** Retries that are due, restored ones, next ones of a key. */
  #ready: Queue<Flight> | undefined;
  #loaded: Queue<Flight> | undefined;
  #idle: Set<Flight> | undefined;

  get hasIdle(): boolean {
    return this.#idle !== undefined && this.#idle.size > 0;
  }

  push(flight: Flight): void {
    this.#ready ??= new Queue();
    this.#ready.push(flight);
  }

  /** Puts it before all others of its sort (Q1). */
  unshift(flight: Flight): void {
    if (flight.held && !this.#idle?.has(flight)) {
      this.#loaded ??= new Queue();
      this.#loaded.unshift(flight);
      return;
    }
    this.#ready ??= new Queue();
    this.#ready.unshift(flight);
  }

  /** The one that goes next; none while those without bytes wait for room. */
  next(): Flight | undefined {
    return firstReady(this.#loaded) ?? (this.waitsForRoom ? undefined : firstReady(this.#ready));
  }

  setIdle(flight: Flight): void {
    this.#idle ??= new Set();
    this.#idle.add(flight);
  }

  /** It is under way now, or gone: its bytes are not to be given up any more. */
  notIdle(flight: Flight): void {
    this.#idle?.delete(flight);
  }

  /** The first idle one drops its bytes; false when there is none. */
  giveUp(): boolean {
    const [flight] = this.#idle ?? [];
    if (!flight) return false;
    this.#idle?.delete(flight);
    flight.drop();
    return true;
  }

  /** Every one that could be read again drops its bytes. */
  giveUpAll(): void {
    while (this.giveUp());
    for (let flight = firstReady(this.#loaded); flight; flight = firstReady(this.#loaded)) {
      flight.drop();
      this.#ready ??= new Queue();
      this.#ready.unshift(flight);
    }
  }

  /** Takes flights of a cursor back from those that are ready. */
  recall(cursor: Cursor): void {
    this.#ready = without(this.#ready, cursor);
    for (const flight of this.#loaded ?? []) if (flight.cursor === cursor) flight.drop();
    this.#loaded = without(this.#loaded, cursor);
  }

  clear(): void {
    this.#ready?.clear();
    this.#loaded?.clear();
    this.#idle?.clear();
  }
}

/** Closed ones may still be among them. */
function firstReady(flights: Queue<Flight> | undefined): Flight | undefined {
  if (!flights) return undefined;
  for (let flight = flights.shift(); flight; flight = flights.shift()) if (flight.phase === 'ready') return flight;
  return undefined;
}

function without(flights: Queue<Flight> | undefined, cursor: Cursor): Queue<Flight> | undefined {
  if (!flights) return undefined;
  const others = new Queue<Flight>();
  for (const flight of flights) if (flight.cursor !== cursor) others.push(flight);
  return others;
}
