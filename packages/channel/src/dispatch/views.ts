/** What a person sees of a cursor: made when somebody asks, from numbers that are kept anyway. */
import type { EventLog, Offset, PartitionRange } from '../log/log.ts';
import type { Cursor } from './cursor.ts';
import type { CursorView } from './ports.ts';
import type { Subscription } from './subscription.ts';

type ViewInMaking = { -readonly [Field in keyof CursorView]: CursorView[Field] };

/**
 * A look at many subscriptions at one moment. Somebody looks at each of them each second, nearly always in vain: a log is asked
 * once for all of its subscriptions, and a view may be written over the one before.
 */
export class Look {
  readonly nowMs: number;
  #log: EventLog | undefined;
  #range: PartitionRange | undefined;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  endOf({ reader: { log }, partition }: Cursor): Offset {
    if (this.#log !== log || this.#range?.partition !== partition) {
      this.#log = log;
      this.#range = log.range(partition);
    }
    return this.#range.end;
  }
}

export function emptyView(): ViewInMaking {
  return {
    ...{ subscription: '', state: 'attached', partitions: 0, position: 0, end: 0, lag: 0, oldestUnsettledMs: 0 },
    ...{ inFlight: 0, retrying: 0, reason: undefined, matched: 0, delivered: 0, retried: 0, deadLettered: 0 },
  };
}

/** One view per subscription, summed over its partitions that are served here; written into `view`. */
export function viewOf(subscription: Subscription, look: Look, view = emptyView()): CursorView {
  let oldestMs: number | undefined;
  let detached = false;
  let reason = subscription.trouble;
  view.partitions = view.position = view.end = view.lag = 0;
  const { cursors } = subscription;
  for (let at = 0; at < cursors.length; at += 1) {
    const cursor = cursors[at] as Cursor;
    const end = look.endOf(cursor);
    const first = positionOf(cursor);
    view.partitions += 1;
    view.position += first;
    view.end += end;
    view.lag += Math.max(0, end - first);
    oldestMs = earlier(oldestMs, oldestUnsettledMs(cursor));
    detached ||= cursor.phase.kind !== 'attached';
    reason ??= troubleOf(cursor);
  }
  const { hold } = subscription;
  const going = reason === undefined ? (detached ? 'detached' : 'attached') : 'stalled';
  view.subscription = subscription.route.uid;
  view.state = hold === 'none' ? going : hold;
  view.oldestUnsettledMs = oldestMs === undefined ? 0 : Math.max(0, look.nowMs - oldestMs);
  view.inFlight = subscription.inFlight;
  view.retrying = subscription.retrying;
  view.reason = reason;
  view.matched = subscription.matched;
  view.delivered = subscription.delivered;
  view.retried = subscription.retries;
  view.deadLettered = subscription.deadLettered;
  return view;
}

/** First offset that is not settled. */
function positionOf(cursor: Cursor): number {
  let first = cursor.seenUpTo;
  for (let flight = cursor.open.first; flight; flight = flight.nextOpen) first = Math.min(first, flight.offset);
  return first;
}

function troubleOf(cursor: Cursor): string | undefined {
  if (cursor.phase.kind === 'lost') return cursor.phase.reason;
  if (cursor.phase.kind === 'detached' && cursor.own?.trouble !== undefined) return cursor.own.trouble;
  if (cursor.ordered && cursor.open.size >= cursor.limit) {
    return `${cursor.open.size} events wait, most behind one of their key that is not delivered: see the dead letter sink and retries of what fails first`;
  }
  return cursor.reader.trouble ?? cursor.reader.committer.trouble;
}

/** When the oldest event was appended that it wants and has not settled; undefined when there is none that is known. */
function oldestUnsettledMs(cursor: Cursor): number | undefined {
  let oldest: number | undefined;
  for (let flight = cursor.open.first; flight; flight = flight.nextOpen) {
    oldest = earlier(oldest, flight.record?.timeMs);
  }
  oldest = earlier(oldest, cursor.queue.peek()?.record.timeMs);
  if (cursor.phase.kind === 'attached') return oldest;
  cursor.peek();
  return earlier(oldest, cursor.unreadSinceMs);
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
