/**
 * What retention may take: rule L5 of the log port, as one pure function for every log that keeps its records itself.
 */
import type { CursorCommit, CursorState, Offset, Retention } from './log.ts';

const dayMs = 86_400_000;

/** What a Broker or Channel keeps unless it says otherwise: a week, and 1 GiB. */
export const defaultRetention: Retention = { ageMs: 7 * dayMs, bytes: 1024 ** 3 };

/** Everything below `upTo` is settled by every cursor; `names` are those that stand at `upTo`. */
export interface Hold {
  readonly upTo: Offset;
  readonly names: readonly string[];
}

/** The first offset the cursor has not settled: its first pending one, or where it has got to. */
function firstUnsettled(cursor: CursorState, readUpTo: Offset): Offset {
  const seen = cursor.detached ? cursor.seenUpTo : Math.max(cursor.seenUpTo, readUpTo);
  return Math.min(cursor.pending[0] ?? seen, seen);
}

/** How far retention may go in one partition. Without cursors nothing is held: `upTo` is the end. */
export function holdOf(cursors: Iterable<CursorState>, partition: number, readUpTo: Offset, end: Offset): Hold {
  let upTo = end;
  let names: string[] = [];
  for (const cursor of cursors) {
    if (cursor.partition !== partition) continue;
    const first = firstUnsettled(cursor, readUpTo);
    if (first < upTo) {
      upTo = first;
      names = [];
    }
    if (first === upTo && first < end) names.push(cursor.name);
  }
  return { upTo, names };
}

/** Why a log takes no more although it is not the disk that is full. */
export function fullReason(retention: Retention, heldBy: readonly string[]): string {
  return heldBy.length > 0
    ? `the log holds its limit of ${retention.bytes} bytes, and ${heldBy.join(', ')} have not settled its oldest events`
    : `the event is larger than the log's limit of ${retention.bytes} bytes`;
}

/** A commit as it is when it is asked for: the caller may go on with its own arrays before it is stored. */
export function copyOfCommit(change: CursorCommit): CursorCommit {
  return {
    put: change.put.map((state) => ({ ...state, pending: state.pending.slice() })),
    remove: change.remove.slice(),
    readUpTo: change.readUpTo.slice(),
  };
}
