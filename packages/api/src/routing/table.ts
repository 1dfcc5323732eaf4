/**
 * The routing table: the one value in which the control plane and the data plane meet.
 *
 * R1. It holds everything the data plane needs and nothing it would have to ask anybody for.
 * R2. It is a pure function of resources: the same resources in any order give an equal table.
 * R3. A subscription whose subscriber is not resolved is in the table with no `subscriber`: its events wait in the log.
 */
import type { DeliveryPolicy, Target } from '../delivery/index.ts';
import type { TriggerFilter } from '../filter/index.ts';
import type { LogBacking } from './backing.ts';

/** Where a cursor begins when it is new: `millrace.dev/start`. A time is milliseconds since the epoch. */
export type StartPosition =
  | { readonly kind: 'latest' }
  | { readonly kind: 'earliest' }
  | { readonly kind: 'time'; readonly timeMs: number };

/** `kafka.eventing.knative.dev/delivery.order`. */
export type DeliveryOrder = 'unordered' | 'ordered';

/** A Trigger, a Subscription or the way of a source to its sink, as the dispatch engine sees it: a cursor with a filter and a destination. */
export interface SubscriptionRoute {
  /** The object's UID. */
  readonly uid: string;
  readonly kind: 'Trigger' | 'Subscription' | 'KafkaSource';
  /** Name of the cursor in its log (a consumer group, a consumer), where it is another one than the UID. */
  readonly cursorName?: string;
  readonly namespace: string;
  readonly name: string;
  /** The object's generation when the route was made: names the filter an event was judged by. */
  readonly revision: number;
  readonly filter: TriggerFilter;
  /** Absent while it cannot be resolved: the cursor waits, nothing is skipped. */
  readonly subscriber?: Target;
  /** Where a reply goes: uid of a log in this table (the Trigger's own Broker, or the next Channel). */
  readonly replyLogUid?: string;
  /** Where a reply goes that is for no log of this table. Without both a reply is dropped, as the reference does. */
  readonly reply?: Target;
  /** Extensions set on every event that leaves, last: `ceOverrides` of a source. */
  readonly extensions?: Readonly<Record<string, string>>;
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

/** A log with the addresses it is reached by: a Broker, a Channel of any kind, or the topic behind a source or a sink. */
export interface LogRoute {
  readonly uid: string;
  readonly kind: 'Broker' | 'Channel' | 'KafkaSource' | 'KafkaSink';
  readonly namespace: string;
  readonly name: string;
  /** Path on the data port, `/<namespace>/<name>`; empty: nothing can be posted to it. */
  readonly path: string;
  /** Host names it answers to besides, as in a cluster: with path `/<namespace>/<name>` as well. */
  readonly hosts: readonly string[];
  /** Host names that mean this log alone, with path `/`: `<channel>-kn-channel.<namespace>.svc.cluster.local`. */
  readonly rootHosts?: readonly string[];
  /** What a 202 says: stored durably (absent), or delivered to every subscriber (an InMemoryChannel that is not asynchronous). */
  readonly accepts?: 'stored' | 'delivered';
  /** Where its events live; absent: in the log the installation runs on. */
  readonly backing?: LogBacking;
  readonly retention: { readonly ageMs: number; readonly bytes: number };
  readonly subscriptions: readonly SubscriptionRoute[];
}

/** All logs with their subscriptions, sorted by namespace, name and UID. */
export interface RoutingTable {
  readonly logs: readonly LogRoute[];
}

export const emptyRoutingTable: RoutingTable = { logs: [] };
