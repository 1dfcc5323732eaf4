/**
 * One event on its way to one subscription: from its turn in the window to its terminal outcome. `fly.ts` moves it.
 *
 *   ready ──> running ──> settled          parked    ordered: an earlier event of its key is not settled
 *     │  ^  ^       │                      waiting   for the time of its next attempt
 *     v  │  └ waiting <┘
 *   parked
 *
 * F1. It is settled once. A second time is a bug and throws.
 * F2. Its bytes are in memory from its turn to the end of the first attempt; a waiting or parked one may give them up
 *     and is read again by its offset.
 */
import type { LogRecord } from '../log/log.ts';
import type { Cursor } from './cursor.ts';
import type { Held } from './held.ts';
import type { Failure } from './outgoing.ts';
import type { Timed } from './timer-heap.ts';

export type FlightPhase = 'ready' | 'parked' | 'running' | 'waiting' | 'settled' | 'closed';

/** Where its next attempt goes. */
export type Stage =
  | { readonly kind: 'subscriber' }
  | { readonly kind: 'sink'; readonly failure: Failure }
  | {
      readonly kind: 'store';
      readonly failure: Failure;
      readonly reason: 'no-dead-letter-sink' | 'dead-letter-sink-failed';
    };

const toSubscriber: Stage = { kind: 'subscriber' };

export class Flight implements Timed {
  dueMs = 0;
  heapOrder = 0;
  heapIndex = -1;

  readonly cursor: Cursor;
  readonly offset: number;
  /** Known once the record has been in memory. */
  record: { readonly key: string; readonly timeMs: number } | undefined;
  held: Held | undefined;
  phase: FlightPhase = 'ready';
  stage: Stage = toSubscriber;
  /** Attempts in this stage, and in all. */
  attempts = 0;
  allAttempts = 0;
  firstFailureMs = 0;
  /** Failures of what the engine itself needs, in a row: a read, the dead-letter store. */
  troubles = 0;
  /** The next of its key, and whether it is the first (see `lanes.ts`). */
  nextInLane: Flight | undefined;
  isHead = false;
  /** Its place in its cursor's `FlightList`, which these three belong to. */
  isOpen = false;
  previousOpen: Flight | undefined;
  nextOpen: Flight | undefined;
  /** Counted as retrying by its subscription. */
  retrying = false;

  constructor(cursor: Cursor, offset: number) {
    this.cursor = cursor;
    this.offset = offset;
  }

  /** Its bytes are in memory and counted. */
  hold(held: Held): void {
    this.held = held;
    this.describe(held.record);
  }

  /** What must be known of it while its bytes are not in memory. Keyless events of a trigger are one key. */
  describe(record: LogRecord): void {
    this.record ??= { key: record.key ?? '', timeMs: record.timeMs };
  }

  /** Gives up its bytes, if it has them. */
  drop(): void {
    const { held } = this;
    if (!held) return;
    this.held = undefined;
    this.cursor.subscription.released(held);
  }

  /** The wait of its retry is over. */
  onDue(): void {
    if (this.phase !== 'waiting') return;
    this.cursor.subscription.due(this);
  }
}
