/** What a person sees of a cursor: made when somebody asks, from numbers that are kept anyway. */
import type { Cursor } from './cursor.ts';
import type { CursorView } from './ports.ts';
import type { Subscription } from './subscription.ts';

/** One view per subscription, summed over its partitions that are served here. */
export function viewOf(subscription: Subscription, nowMs: number): CursorView {
  let partitions = 0;
  let position = 0;
  let end = 0;
  let lag = 0;
  let oldestMs: number | undefined;
  let detached = false;
  let reason = subscription.trouble;
  for (const cursor of subscription.cursors) {
    const range = cursor.reader.log.range(cursor.partition);
    const first = positionOf(cursor);
    partitions += 1;
    position += first;
    end += range.end;
    lag += Math.max(0, range.end - first);
    oldestMs = earlier(oldestMs, oldestUnsettledMs(cursor));
    detached ||= cursor.phase.kind !== 'attached';
    reason ??= troubleOf(cursor);
  }
  const { hold } = subscription;
  const going = reason === undefined ? (detached ? 'detached' : 'attached') : 'stalled';
  const view: CursorView = {
    subscription: subscription.route.uid,
    state: hold === 'none' ? going : hold,
    partitions,
    position,
    end,
    lag,
    oldestUnsettledMs: oldestMs === undefined ? 0 : Math.max(0, nowMs - oldestMs),
    inFlight: subscription.inFlight,
    retrying: subscription.retrying,
    matched: subscription.matched,
    delivered: subscription.delivered,
    retried: subscription.retries,
    deadLettered: subscription.deadLettered,
  };
  // One is made for each trigger each second, and nearly none has a reason.
  return reason === undefined ? view : { ...view, reason };
}

/** First offset that is not settled. */
function positionOf(cursor: Cursor): number {
  let first = cursor.seenUpTo;
  for (const flight of cursor.open) first = Math.min(first, flight.offset);
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
  for (const flight of cursor.open) oldest = earlier(oldest, flight.record?.timeMs);
  oldest = earlier(oldest, cursor.queue.peek()?.record?.timeMs);
  if (cursor.phase.kind === 'attached') return oldest;
  cursor.peek();
  return earlier(oldest, cursor.unreadSinceMs);
}

function earlier(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined) return b;
  return b === undefined ? a : Math.min(a, b);
}
