/**
 * The routing table: the one value in which the control plane and the data plane meet.
 *
 * R1. It holds everything the data plane needs and nothing it would have to ask anybody for.
 * R2. It is a pure function of resources: the same resources in any order give an equal table.
 * R3. A subscription whose subscriber is not resolved is in the table with no `subscriber`: its events wait in the log.
 */
import type { DeliveryPolicy, Target } from '../delivery/index.ts';
import type { TriggerFilter } from '../filter/index.ts';

/** Where a cursor begins when it is new: `millrace.dev/start`. A time is milliseconds since the epoch. */
export type StartPosition =
  | { readonly kind: 'latest' }
  | { readonly kind: 'earliest' }
  | { readonly kind: 'time'; readonly timeMs: number };

/** `kafka.eventing.knative.dev/delivery.order`. */
export type DeliveryOrder = 'unordered' | 'ordered';

/** A Trigger (later: a Subscription) as the dispatch engine sees it: a cursor with a filter and a destination. */
export interface SubscriptionRoute {
  /** Name of the cursor: the object's UID. */
  readonly uid: string;
  readonly kind: 'Trigger';
  readonly namespace: string;
  readonly name: string;
  /** The object's generation when the route was made: names the filter an event was judged by. */
  readonly revision: number;
  readonly filter: TriggerFilter;
  /** Absent while it cannot be resolved: the cursor waits, nothing is skipped. */
  readonly subscriber?: Target;
  /** Where a reply goes: uid of the log in this table (the Trigger's own Broker). */
  readonly replyLogUid?: string;
  readonly deadLetterSink?: Target;
  readonly delivery: DeliveryPolicy;
  readonly order: DeliveryOrder;
  readonly start: StartPosition;
  readonly paused: boolean;
  /** Deliveries under way at once, at most. */
  readonly maxInFlight: number;
  /** Deliveries begun per second, at most; absent: no limit. */
  readonly ratePerSecond?: number;
}

/** A Broker (later: a Channel): a log with the addresses it is reached by. */
export interface LogRoute {
  readonly uid: string;
  readonly kind: 'Broker';
  readonly namespace: string;
  readonly name: string;
  /** Path on the data port, `/<namespace>/<name>`. */
  readonly path: string;
  /** Host names it answers to besides, as in a cluster: with path `/<namespace>/<name>` as well. */
  readonly hosts: readonly string[];
  readonly retention: { readonly ageMs: number; readonly bytes: number };
  readonly subscriptions: readonly SubscriptionRoute[];
}

/** All logs with their subscriptions, sorted by namespace, name and UID. */
export interface RoutingTable {
  readonly logs: readonly LogRoute[];
}

export const emptyRoutingTable: RoutingTable = { logs: [] };
