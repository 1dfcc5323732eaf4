/**
 * The flights of one subscription that may go when there is a slot, and those whose bytes could be read again.
 *
 * Q1. Dead letters go first: what keeps a subscriber from getting more does not keep them. Then those for the subscriber that
 *     are ready, then what its partitions have, in turn.
 * Q2. Of both sorts those whose bytes were just read again go before the others, and are not given up.
 * Q3. Idle ones have bytes in memory and wait: for a retry, or behind one of their key. They give the bytes up to make room.
 * Q4. Each of these is made when the first flight comes: most triggers never have any.
 */
import type { Cursor } from './cursor.ts';
import type { Flight } from './flight.ts';
import { Queue } from './queue.ts';

export class Ready {
  /** There was no room for the bytes of one that is ready: the others wait with it, until something is released. */
  waitsForRoom = false;
  #letters: Line | undefined;
  #forSubscriber: Line | undefined;
  #idle: Set<Flight> | undefined;
  #turn = 0;

  get hasIdle(): boolean {
    return this.#idle !== undefined && this.#idle.size > 0;
  }

  push(flight: Flight): void {
    this.#lineOf(flight).push(flight);
  }

  /** Puts it before all others of its sort (Q2). */
  unshift(flight: Flight): void {
    this.#lineOf(flight).unshift(flight, flight.held !== undefined && !this.#idle?.has(flight));
  }

  /** The one that goes next (Q1); of those that are ready without bytes none while they wait for room. */
  next(cursors: readonly Cursor[]): Flight | undefined {
    const ready = this.#letters?.next(this.waitsForRoom) ?? this.#forSubscriber?.next(this.waitsForRoom);
    if (ready) return ready;
    for (let tried = 0; tried < cursors.length; tried++) {
      const cursor = cursors[this.#turn % cursors.length];
      this.#turn = (this.#turn + 1) % cursors.length;
      const flight = cursor?.takeNext();
      if (flight) return flight;
    }
    return undefined;
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
    this.#letters?.giveUp();
    this.#forSubscriber?.giveUp();
  }

  /** Takes flights of a cursor back from those that are ready. */
  recall(cursor: Cursor): void {
    this.#letters?.recall(cursor);
    this.#forSubscriber?.recall(cursor);
  }

  clear(): void {
    this.#letters = undefined;
    this.#forSubscriber = undefined;
    this.#idle?.clear();
  }

  #lineOf(flight: Flight): Line {
    if (flight.stage.kind === 'subscriber') {
      this.#forSubscriber ??= new Line();
      return this.#forSubscriber;
    }
    this.#letters ??= new Line();
    return this.#letters;
  }
}

/** Those of one sort, in their order. */
class Line {
  /** Retries that are due, restored ones, next ones of a key. */
  #ready: Queue<Flight> | undefined;
  /** Their bytes were just read again. */
  #loaded: Queue<Flight> | undefined;

  push(flight: Flight): void {
    this.#ready ??= new Queue();
    this.#ready.push(flight);
  }

  unshift(flight: Flight, isLoaded: boolean): void {
    if (isLoaded) {
      this.#loaded ??= new Queue();
      this.#loaded.unshift(flight);
      return;
    }
    this.#ready ??= new Queue();
    this.#ready.unshift(flight);
  }

  next(onlyLoaded: boolean): Flight | undefined {
    return firstReady(this.#loaded) ?? (onlyLoaded ? undefined : firstReady(this.#ready));
  }

  /** Those that have bytes drop them. */
  giveUp(): void {
    for (let flight = firstReady(this.#loaded); flight; flight = firstReady(this.#loaded)) {
      flight.drop();
      this.unshift(flight, false);
    }
  }

  recall(cursor: Cursor): void {
    this.#ready = without(this.#ready, cursor);
    for (const flight of this.#loaded ?? []) if (flight.cursor === cursor) flight.drop();
    this.#loaded = without(this.#loaded, cursor);
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
