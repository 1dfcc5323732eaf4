/**
 * The flights of a cursor that are open, in the order they were opened. Adding and removing moves pointers only.
 *
 * Not a Set, for the reason that `packages/runtime/src/http/client/linked-list.ts` gives: the tables a Set leaves behind
 * keep what was in them, and so events that are long settled live through collection after collection. The links are in
 * the flights themselves, because there is one list for each cursor and one addition for each event.
 *
 * K1. A flight is in one list at most, and what was removed points at no other flight.
 */
import type { Flight } from './flight.ts';

export class FlightList {
  #first: Flight | undefined;
  #last: Flight | undefined;
  #size = 0;

  /** The others follow by `nextOpen`. */
  get first(): Flight | undefined {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  add(flight: Flight): void {
    flight.isOpen = true;
    flight.previousOpen = this.#last;
    if (this.#last) this.#last.nextOpen = flight;
    else this.#first = flight;
    this.#last = flight;
    this.#size++;
  }

  /** Idempotent (K1). */
  remove(flight: Flight): void {
    if (!flight.isOpen) return;
    const { previousOpen: previous, nextOpen: next } = flight;
    if (previous) previous.nextOpen = next;
    else this.#first = next;
    if (next) next.previousOpen = previous;
    else this.#last = previous;
    flight.isOpen = false;
    flight.previousOpen = undefined;
    flight.nextOpen = undefined;
    this.#size--;
  }

  clear(): void {
    for (let first = this.#first; first; first = this.#first) this.remove(first);
  }

  /** By offset. */
  inOrder(): Flight[] {
    return [...this].sort((a, b) => a.offset - b.offset);
  }

  *[Symbol.iterator](): Generator<Flight> {
    for (let flight = this.#first; flight; flight = flight.nextOpen) yield flight;
  }
}
