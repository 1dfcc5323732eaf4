/** What the dispatch engine needs from outside and what it tells: the rest of it is in this folder. */
import type { CloudEvent, SubscriptionRoute } from '@millrace/api';
import type { LogRecord, PassHeaders } from '../log/log.ts';

/** Which subscriptions want an event. `packages/broker` makes one from a route's filters, once per table. */
export interface Matcher<T> {
  match(event: CloudEvent): readonly T[];
}

export type MakeMatcher = <T>(
  entries: readonly { readonly route: SubscriptionRoute; readonly value: T }[],
) => Matcher<T>;

/** Stores a reply in a log of the table. A reply that cannot be stored makes the delivery fail (design section 7). */
export type StoreReply = (reply: {
  readonly logUid: string;
  readonly event: CloudEvent;
  readonly headers: PassHeaders;
}) => Promise<ReplyOutcome>;

export type ReplyOutcome =
  | { readonly kind: 'stored' }
  /** `retryable` false: it will never be taken (e.g. its TTL is used up). */
  | { readonly kind: 'refused'; readonly statusCode: number; readonly reason: string; readonly retryable: boolean };

/** How a delivery ended. Exactly one per (subscription, record). */
export type Terminal =
  | { readonly kind: 'delivered'; readonly attempts: number; readonly latencyMs: number; readonly replied: boolean }
  | {
      readonly kind: 'dead-lettered';
      readonly attempts: number;
      readonly to: 'sink' | 'store';
      readonly error: string;
    };

/** What happens to events, for live views, metrics and tests. Listeners must be quick and must not throw. */
export type FlowEvent =
  | { readonly kind: 'accepted'; readonly logUid: string; readonly record: LogRecord }
  /** Only told while somebody listens for it: every subscription of the log that did not want the event is implied. */
  | {
      readonly kind: 'matched';
      readonly logUid: string;
      readonly record: LogRecord;
      readonly subscriptions: readonly string[];
    }
  | {
      readonly kind: 'attempt-failed';
      readonly logUid: string;
      readonly subscription: string;
      readonly record: LogRecord;
      readonly attempt: number;
      readonly error: string;
      /** Absent when no further attempt follows. */
      readonly retryInMs?: number;
    }
  | {
      readonly kind: 'settled';
      readonly logUid: string;
      readonly subscription: string;
      readonly record: LogRecord;
      readonly terminal: Terminal;
    };

/** What a Trigger's status shows, per cursor, summed over partitions where there are several. */
export interface CursorView {
  readonly subscription: string;
  readonly state: 'attached' | 'detached' | 'paused' | 'waiting-for-subscriber' | 'stalled';
  /** Partitions that are served here and summed up here; 0: none is, and the numbers say nothing. */
  readonly partitions: number;
  /** First offset that is not settled. */
  readonly position: number;
  readonly end: number;
  /** Events of the log from the position to its end. Not all of them need match. */
  readonly lag: number;
  /** Age of the oldest unsettled event, milliseconds; 0 when nothing is unsettled. */
  readonly oldestUnsettledMs: number;
  readonly inFlight: number;
  /** Waiting for a retry. */
  readonly retrying: number;
  /** Why it is stalled, in words. */
  readonly reason?: string | undefined;
  readonly matched: number;
  readonly delivered: number;
  readonly retried: number;
  readonly deadLettered: number;
}
