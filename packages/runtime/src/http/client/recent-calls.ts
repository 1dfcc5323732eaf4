/**
 * How many calls of an origin are recent: on their way, and for so short a time that nobody can call their subscriber slow.
 *
 * With three hundred calls to a fast subscriber under way instead of sixty, each costs half as much again (a bare undici post
 * too): sockets, requests and answers fall out of the processor's caches, and outlive collections. And nothing comes of
 * it, since it is this process that they wait for. A slow subscriber must have as many under way as it needs.
 *
 * R1. Who begins a call where there is no room waits until one ends, or is recent no more.
 * R2. A call is recent for `ticks` ticks at most. There is one tick in a turn of the event loop at most, and in a millisecond: a
 *     process that is late to read answers does not take its subscribers for slow.
 * R3. Ticks come only while somebody waits: a timer a millisecond is nothing for a process that has so much to do.
 */
import type { Clock, Timer } from '../../ports/index.ts';

const tickMs = 1;
/** An answer within so many milliseconds is a fast one; a slow origin still gets `limit` new calls in each such time. */
const ticks = 5;

export class RecentCalls {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #onRoom: () => void;
  #now = 0;
  #count = 0;
  /** How many of those that began at each of the last ticks are under way. */
  readonly #begun = new Array<number>(ticks).fill(0);
  #timer: Timer | undefined;

  /** `onRoom` is told at each tick: there may be room. */
  constructor(clock: Clock, limit: number, onRoom: () => void) {
    this.#clock = clock;
    this.#limit = limit;
    this.#onRoom = onRoom;
  }

  get hasRoom(): boolean {
    return this.#count < this.#limit;
  }

  /** Gives the tick, for `end`. */
  begin(): number {
    this.#count += 1;
    this.#add(this.#now, 1);
    return this.#now;
  }

  end(begunAt: number): void {
    if (this.#now - begunAt >= ticks) return; // R2
    this.#count -= 1;
    this.#add(begunAt, -1);
  }

  /** Somebody waits (R3). */
  wait(): void {
    this.#timer ??= this.#clock.setTimer(tickMs, () => this.#tick());
  }

  #tick(): void {
    this.#timer = undefined;
    this.#now += 1;
    const at = this.#now % ticks;
    this.#count -= this.#begun[at] ?? 0;
    this.#begun[at] = 0;
    this.#onRoom();
  }

  #add(begunAt: number, calls: number): void {
    const at = begunAt % ticks;
    this.#begun[at] = (this.#begun[at] ?? 0) + calls;
  }
}
