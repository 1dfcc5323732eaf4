/**
 * Stores a subscriber's reply in a log, as if it had come in by ingress: for a broker with one off the TTL and a new arrival
 * time; durable before the delivery that brought it counts as done (design section 7).
 */
import type { LogRoute } from '@millrace/api';
import type { AppendOutcome, EventLog, ReplyOutcome, StoreReply } from '@millrace/channel';
import type { Clock } from '@millrace/runtime';
import { isStamped, partitionKeyOf, Stamp, ttlDefault } from '../ingress/stamp.ts';

export interface StoreReplyOptions {
  readonly clock: Clock;
  /** A log by the UID of its route; undefined while it is not open. */
  readonly logs: (logUid: string) => EventLog | undefined;
  /** Whose log it is; undefined while no table says so. */
  readonly routeOf: (logUid: string) => LogRoute | undefined;
  /** Brokers an event may pass that says nothing of it. */
  readonly ttl?: number;
}

/** The dispatch engine's `StoreReply` port. Never rejects: what is not stored is `refused`, with whether to try again. */
export function createStoreReply({ clock, logs, routeOf, ttl = ttlDefault }: StoreReplyOptions): StoreReply {
  const stamp = new Stamp(clock, ttl);
  return async ({ logUid, event, headers }) => {
    const route = routeOf(logUid);
    const stamped = route && !isStamped(route) ? event : stamp.put(event);
    if (stamped === undefined) {
      return refused(400, 'the TTL of the reply is used up (knativebrokerttl): replies go round in a loop', false);
    }
    const log = logs(logUid);
    if (log === undefined) return refused(503, 'the log that is to have the reply is not open', true);
    const key = partitionKeyOf(stamped);
    const outcome = await log.append([{ event: stamped, headers, ...(key !== undefined && { key }) }]);
    return outcome.kind === 'appended' ? { kind: 'stored' } : refused(503, reasonOf(outcome), true);
  };
}

function reasonOf(outcome: Exclude<AppendOutcome, { readonly kind: 'appended' }>): string {
  if (outcome.kind === 'busy') return 'the log takes no more at the moment';
  return outcome.kind === 'full'
    ? `the log is full: ${outcome.reason}`
    : `the reply could not be stored: ${outcome.reason}`;
}

function refused(statusCode: number, reason: string, retryable: boolean): ReplyOutcome {
  return { kind: 'refused', statusCode, reason, retryable };
}
