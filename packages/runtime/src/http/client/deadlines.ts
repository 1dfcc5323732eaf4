/**
 * Deadlines of many calls on few timers. Calls of the same length of time fall due in the order they began, so each
 * length has one queue and one timer, which is set for the queue's head. Beginning and ending a call moves pointers only.
 *
 * T1. A queue is ordered by due time: all its members wait equally long.
 * T2. A queue has a timer exactly while it exists. The timer is not moved when the head leaves early: it fires for
 *     nobody, and is set again for the head of that moment. An empty queue goes away when its timer fires.
 */
import type { Clock } from '../../ports/index.ts';

/** What is put into a queue. The fields belong to this file. */
export interface Due {
  dueAtMs: number;
  duePrevious: Due | undefined;
  dueNext: Due | undefined;
  dueQueue: DueQueue | undefined;
  /** Called once, when the time has come and it was not removed before. */
  onDue(): void;
}

interface DueQueue {
  readonly lengthMs: number;
  head: Due | undefined;
  tail: Due | undefined;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #queues = new Map<number, DueQueue>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#queues.size;
  }

  /** Calls `due.onDue` in `lengthMs`, unless `remove` comes first. `nowMs`: the clock's monotonic time. */
  add(due: Due, lengthMs: number, nowMs: number): void {
    // Whole milliseconds, so that lengths which differ by nothing that matters share a queue.
    const rounded = Math.max(1, Math.ceil(lengthMs));
    let queue = this.#queues.get(rounded);
    if (queue === undefined) {
      queue = { lengthMs: rounded, head: undefined, tail: undefined };
      this.#queues.set(rounded, queue);
      this.#arm(queue, rounded);
    }
    due.dueAtMs = nowMs + rounded;
    due.dueQueue = queue;
    due.duePrevious = queue.tail;
    due.dueNext = undefined;
    if (queue.tail === undefined) queue.head = due;
    else queue.tail.dueNext = due;
    queue.tail = due;
  }

  /** Idempotent. */
  remove(due: Due): void {
    const queue = due.dueQueue;
    if (queue === undefined) return;
    const { duePrevious: previous, dueNext: next } = due;
    if (previous === undefined) queue.head = next;
    else previous.dueNext = next;
    if (next === undefined) queue.tail = previous;
    else next.duePrevious = previous;
    due.dueQueue = undefined;
    due.duePrevious = undefined;
    due.dueNext = undefined;
  }

  #arm(queue: DueQueue, inMs: number): void {
    this.#clock.setTimer(inMs, () => this.#fire(queue));
  }

  #fire(queue: DueQueue): void {
    const nowMs = this.#clock.monotonic();
    for (let due = queue.head; due !== undefined && due.dueAtMs <= nowMs; due = queue.head) {
      this.remove(due);
      due.onDue();
    }
    // T2: at least a millisecond, so that a timer that fires early by a fraction does not spin.
    if (queue.head !== undefined) this.#arm(queue, Math.max(1, queue.head.dueAtMs - nowMs));
    else this.#queues.delete(queue.lengthMs);
  }
}
