/**
 * Where the cursors of a subscription begin: where they were, else where its route says.
 *
 * X1. What is stored of a cursor counts before all else, once: whoever takes it over has it.
 * X2. A subscription that was there before gets all of a partition that is new. One that is new itself begins a partition
 *     which is served later at the time it was placed at: what came meanwhile is for it, and nothing older.
 */
import type { SubscriptionRoute } from '@millrace/api';
import type { CursorState, EventLog, Offset, StoredCursors } from '../log/log.ts';

/** The name of a route's cursor in its log. */
export function cursorNameOf({ cursorName, uid }: SubscriptionRoute): string {
  return cursorName ?? uid;
}

export interface Start {
  readonly next: Offset;
  readonly pending: readonly Offset[];
  /** What is stored of it says so already, as long as it is attached and is given nothing. */
  readonly isRecorded: boolean;
}

/**
 * What is asked for: a cursor in one partition, which this process serves from `startedAt` on. What an attached cursor was
 * past is that and no more: where this process did not know it, it was given nothing since.
 */
interface Place {
  readonly partition: number;
  readonly startedAt: Offset;
}

export class Stored {
  readonly #byName: Map<string, readonly CursorState[]>;

  constructor({ cursors }: StoredCursors) {
    this.#byName = Map.groupBy(cursors, (cursor) => cursor.name);
  }

  get names(): string[] {
    return [...this.#byName.keys()];
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }

  of(name: string): readonly CursorState[] | undefined {
    return this.#byName.get(name);
  }
}

/** Where `route` begins in `place`. `placedMs`: when it was placed, if that was before this partition was served here. */
export async function startOf(
  log: EventLog,
  route: SubscriptionRoute,
  { partition, startedAt }: Place,
  stored: Stored,
  placedMs?: number,
): Promise<Start> {
  const states = stored.of(cursorNameOf(route));
  if (!states) return { next: await newStart(log, route, partition, placedMs), pending: [], isRecorded: false };
  const state = states.find((other) => other.partition === partition);
  if (!state) return { next: log.range(partition).start, pending: [], isRecorded: false }; // X2
  const { seenUpTo, pending, detached } = state;
  const isRecorded = !detached && pending.length === 0 && seenUpTo <= startedAt;
  return { next: detached ? seenUpTo : Math.max(seenUpTo, startedAt), pending, isRecorded };
}

/** Where a cursor begins that has no place yet. */
export async function newStart(
  log: EventLog,
  { start }: SubscriptionRoute,
  partition: number,
  placedMs?: number,
): Promise<Offset> {
  switch (start.kind) {
    case 'latest':
      return placedMs === undefined ? log.range(partition).end : log.offsetAt(partition, placedMs);
    case 'earliest':
      return log.range(partition).start;
    case 'time':
      return log.offsetAt(partition, start.timeMs);
  }
}
