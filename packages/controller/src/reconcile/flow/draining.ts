/**
 * When a part of a flow that is no longer wanted may go: not before everything that is on its way through it has arrived.
 *
 * E1. A channel that is no longer wanted is kept, with its Subscription, while anything in force may still bring it events:
 *     a route that leads to it, or a delivery that began under such a route and has not ended.
 * E2. After that it goes when its Subscription has settled everything in it.
 * E3. What is not known counts as not done: nothing goes while it cannot be seen, in every partition of its log.
 */
import { type DrainingEntry, formatTime, type LogRoute, type Resource, type RoutingTable } from '@millrace/api';
import type { DeliveryProgressView } from '../delivery-progress.ts';
import { urlOf } from './children.ts';

/** How often a part that drains is looked at: its progress makes nobody reconcile. */
export const drainLookMs = 500;
/** Times of events and of this process may differ by their rounding to seconds, and a table comes into force bit by bit. */
const marginMs = 1_000;

export interface DrainFacts {
  /** A route that is in force leads to its channel (E1). */
  readonly isFed: boolean;
  /** The Subscription whose replies come to it; absent: there is none. */
  readonly feeder?: DeliveryProgressView;
  /** Its own progress; absent: nobody knows (E3). */
  readonly own?: DeliveryProgressView;
  /** False: its channel never took an event. */
  readonly wasServed: boolean;
}

export type DrainState =
  | { readonly kind: 'draining'; readonly entry: DrainingEntry }
  /** Nothing is on its way through it. */
  | { readonly kind: 'drained' };

export interface DrainQuestion {
  readonly subscription: string;
  readonly facts: DrainFacts;
  /** What the status said of it until now. */
  readonly before: DrainingEntry | undefined;
  readonly nowMs: number;
}

/** Of a Subscription whose channel goes with it. */
export function drainChannel(question: DrainQuestion): DrainState {
  return drain(question, ({ own }) => own?.lag === 0);
}

/** Of a Subscription whose channel stays: it is done with what was there when it was no longer wanted. */
export function drainUpToNow(question: DrainQuestion): DrainState {
  const sinceMs = Date.parse(question.before?.since ?? '');
  return drain(question, ({ own }) => own !== undefined && hasSettled(own, sinceMs, question.nowMs));
}

function drain(question: DrainQuestion, isDone: (facts: DrainFacts) => boolean): DrainState {
  const { subscription, facts, before, nowMs } = question;
  if (!facts.wasServed) return { kind: 'drained' };
  if (facts.isFed) return { kind: 'draining', entry: { subscription } };
  const since = before?.since ?? formatTime(nowMs);
  const sinceMs = Date.parse(since);
  const entry = { subscription, since };
  if (nowMs < sinceMs + 2 * marginMs) return { kind: 'draining', entry };
  const { feeder } = facts;
  if (feeder !== undefined && feeder.inFlight > 0 && !hasSettled(feeder, sinceMs, nowMs)) {
    return { kind: 'draining', entry };
  }
  return isDone(facts) ? { kind: 'drained' } : { kind: 'draining', entry };
}

/** Whether all that was appended up to a moment is settled. */
function hasSettled(view: DeliveryProgressView, momentMs: number, nowMs: number): boolean {
  if (view.lag === 0) return true;
  return view.oldestUnsettledMs > 0 && nowMs - view.oldestUnsettledMs > momentMs + marginMs;
}

export interface Passage {
  readonly table: RoutingTable;
  readonly channel: Resource | undefined;
  readonly subscription: Resource;
  /** The Subscription that may bring events to `channel`. */
  readonly feeder: Resource | undefined;
  readonly progressOf: (uid: string) => DeliveryProgressView | undefined;
}

export function drainFacts({ table, channel, subscription, feeder, progressOf }: Passage): DrainFacts {
  const uid = subscription.metadata.uid ?? '';
  const feeding = feeder === undefined ? undefined : progressOf(feeder.metadata.uid ?? '');
  const found = progressOf(uid);
  const own = found !== undefined && isWhole(found, logOf(table, uid)) ? found : undefined;
  return {
    isFed: feeder !== undefined && isFed(table, uid, feeder.metadata.uid ?? '', urlOf(channel)),
    ...(feeding === undefined ? {} : { feeder: feeding }),
    ...(own === undefined ? {} : { own }),
    wasServed: found !== undefined || urlOf(channel) !== undefined,
  };
}

function logOf(table: RoutingTable, uid: string): LogRoute | undefined {
  return table.logs.find(({ subscriptions }) => subscriptions.some((route) => route.uid === uid));
}

/** Whether a view is of all partitions: after a start they come one by one, and other processes may have some. */
function isWhole({ partitions }: DeliveryProgressView, log: LogRoute | undefined): boolean {
  const wanted = log?.backing?.kind === 'kafka' ? Math.max(1, log.backing.partitions) : 1;
  return partitions === undefined || partitions >= wanted;
}

/** Whether the route of the feeder leads to the log that the Subscription reads. */
function isFed(table: RoutingTable, uid: string, feederUid: string, url: string | undefined): boolean {
  const log = logOf(table, uid);
  const feeder = table.logs.flatMap(({ subscriptions }) => subscriptions).find((route) => route.uid === feederUid);
  if (feeder === undefined) return false;
  if (log !== undefined && feeder.replyLogUid === log.uid) return true;
  return url !== undefined && (feeder.reply?.url === url || feeder.subscriber?.url === url);
}

/** What a person reads about it. */
export function drainingText(entries: readonly DrainingEntry[]): string {
  const names = entries.map(({ subscription }) => subscription).join(', ');
  return (
    `what is on its way through parts that were removed is still delivered, by Subscriptions ${names}; ` +
    'they go when it has arrived. To give it up, delete them'
  );
}

/** One past the places that a flow's status says are draining: their children are numbered. */
export function drainingPlaces(entries: readonly DrainingEntry[] = []): readonly number[] {
  return entries.map(({ subscription }) => Number(/\d+$/.exec(subscription)?.[0] ?? -1) + 1);
}
