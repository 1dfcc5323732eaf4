/**
 * All that waits in the engine waits here: a binary heap over the Clock port, with one clock timer set at a time.
 *
 * T1. Nothing fires before its time; what is due fires in order of due time, then in the order it was set.
 * T2. Each entry knows its place in the heap, so that setting, moving and cancelling cost O(log n) and allocate nothing.
 * T3. What is set while others fire waits for the next turn, even when it is due at once: a turn always ends.
 */
import type { Clock, Timer } from '@millrace/runtime';

/** Something that waits. The three fields belong to the heap. */
export interface Timed {
  dueMs: number;
  heapOrder: number;
  /** −1 while it is not waiting. */
  heapIndex: number;
  onDue(): void;
}

/** A callback that waits: for the few things that are not an object of their own. Made when it is first needed. */
export class Alarm implements Timed {
  dueMs = 0;
  heapOrder = 0;
  heapIndex = -1;
  readonly onDue: () => void;

  constructor(onDue: () => void) {
    this.onDue = onDue;
  }
}

/** Sums of fractions do not always meet: what is this close to its time is due. */
const DUE_WITHIN_MS = 0.001;

export class TimerHeap {
  readonly #clock: Clock;
  readonly #heap: Timed[] = [];
  #order = 0;
  #timer: Timer | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #firing = false;
  #closed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#heap.length;
  }

  nowMs(): number {
    return this.#clock.monotonic();
  }

  /** Waits from now on; an entry that is already waiting is moved. */
  set(entry: Timed, delayMs: number): void {
    if (this.#closed) return;
    this.#remove(entry);
    entry.dueMs = this.#clock.monotonic() + Math.max(0, delayMs);
    entry.heapOrder = this.#order++;
    this.#heap.push(entry);
    this.#up(entry, this.#heap.length - 1);
    if (!this.#firing) this.#arm();
  }

  cancel(entry: Timed): void {
    this.#remove(entry);
  }

  /** Forgets everything and sets nothing any more. */
  close(): void {
    this.#closed = true;
    for (const entry of this.#heap) entry.heapIndex = -1;
    this.#heap.length = 0;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** One clock timer, for the earliest entry. A timer that is early enough already is left alone. */
  #arm(): void {
    const first = this.#heap[0];
    if (!first || this.#timerDueMs <= first.dueMs) return;
    this.#timer?.cancel();
    this.#timerDueMs = first.dueMs;
    // What waits is work that is owed: it keeps the process alive until the engine is stopped.
    this.#timer = this.#clock.setTimer(first.dueMs - this.#clock.monotonic(), () => this.#fire(), { ref: true });
  }

  #fire(): void {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    const nowMs = this.#clock.monotonic() + DUE_WITHIN_MS;
    const before = this.#order; // T3
    this.#firing = true;
    try {
      for (let first = this.#heap[0]; first; first = this.#heap[0]) {
        if (first.dueMs > nowMs || first.heapOrder >= before) break;
        this.#remove(first);
        first.onDue();
      }
    } finally {
      this.#firing = false;
      this.#arm();
    }
  }

  #remove(entry: Timed): void {
    const index = entry.heapIndex;
    if (index < 0) return;
    entry.heapIndex = -1;
    const last = this.#heap.pop();
    if (!last || last === entry) return;
    this.#up(last, index);
    this.#down(last, last.heapIndex);
  }

  #up(entry: Timed, from: number): void {
    let index = from;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = this.#heap[parentIndex];
      if (!parent || !isBefore(entry, parent)) break;
      this.#place(parent, index);
      index = parentIndex;
    }
    this.#place(entry, index);
  }

  #down(entry: Timed, from: number): void {
    let index = from;
    for (;;) {
      const left = this.#heap[2 * index + 1];
      const right = this.#heap[2 * index + 2];
      const child = right && left && isBefore(right, left) ? right : left;
      if (!child || !isBefore(child, entry)) break;
      const childIndex = child.heapIndex;
      this.#place(child, index);
      index = childIndex;
    }
    this.#place(entry, index);
  }

  #place(entry: Timed, index: number): void {
    this.#heap[index] = entry;
    entry.heapIndex = index;
  }
}

function isBefore(a: Timed, b: Timed): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.heapOrder < b.heapOrder);
}
