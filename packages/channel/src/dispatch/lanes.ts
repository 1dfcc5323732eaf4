/**
 * Order by key: the unsettled events of each key of one ordered cursor, as chains in the order of the log.
 *
 * L1. Only the head of a chain is attempted, retried and dead-lettered; the next one becomes head when it is settled.
 * L2. A key costs one map entry while it has unsettled events, and nothing else.
 */
import type { Flight } from './flight.ts';

export class Lanes {
  /** The last of each key. */
  readonly #tails = new Map<string, Flight>();

  /** Adds it behind the earlier ones of its key. True: it is the head and may go. */
  admit(flight: Flight): boolean {
    const key = flight.record?.key ?? '';
    const tail = this.#tails.get(key);
    this.#tails.set(key, flight);
    flight.nextInLane = undefined;
    flight.isHead = tail === undefined;
    if (tail) tail.nextInLane = flight;
    return flight.isHead;
  }

  /**
   * The flight is settled: gives the one that is head now. One that is not head can be settled too, when it was under
   * way before the trigger became ordered; it stays in its chain as a stone that is stepped over.
   */
  release(flight: Flight): Flight | undefined {
    if (!flight.isHead) return undefined;
    let last = flight;
    let next = flight.nextInLane;
    while (next?.phase === 'settled') {
      last = next;
      next = next.nextInLane;
    }
    if (next) {
      next.isHead = true;
      return next;
    }
    const key = flight.record?.key ?? '';
    if (this.#tails.get(key) === last) this.#tails.delete(key);
    return undefined;
  }

  get keys(): number {
    return this.#tails.size;
  }
}
