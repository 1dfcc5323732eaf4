/**
 * What a reconciler is: observe everything, plan purely, apply the difference, write status only when it changes.
 *
 * N1. A reconciler is given a key, never an event: it may be called again at any time and must come to the same result.
 * N2. It reads through a recording reader: it is called again when anything it asked for changes.
 * N3. It throws only for what should be tried again; what is wrong with an object goes into the object's conditions.
 */
import {
  applyMarks,
  type BackingContext,
  type ConditionMark,
  type ConditionSet,
  type LogAdmin,
  type Resource,
  type RoutingTable,
  type Status,
} from '@millrace/api';
import { jsonEqual } from '../store/json.ts';
import type { ResourceStore } from '../store/store.ts';
import type { DeliveryProgressView } from './delivery-progress.ts';
import type { LogKeeper } from './log-keeper.ts';
import type { ReadResource } from './tracker.ts';

export interface ReconcileOptions {
  /** Where Brokers are reached from this machine: `http://localhost:8080`, without a slash at the end. */
  readonly baseUrl: string;
  /** Where the receiver of a GitHubSource listens; undefined: there is none. */
  readonly gitHubReceiverUrl?: (source: { readonly namespace: string; readonly name: string }) => string | undefined;
  /** Makes, checks and removes topics and streams; absent: they are taken to be there. */
  readonly logAdmin?: LogAdmin;
}

export interface ReconcileContext {
  readonly read: ReadResource;
  readonly store: ResourceStore;
  readonly options: ReconcileOptions;
  readonly nowMs: number;
  /**
   * Whether the Broker, Trigger or source that receives with this UID is served: the first takes events, the second gets
   * every event that is accepted from now on, the third takes payloads. When it does not, the object is reconciled again once it may.
   */
  readonly isServed: (uid: string) => boolean;
  /** Where the cursor of a Trigger or Subscription stands, by UID; undefined while it has none or nobody knows. */
  readonly progressOf: (uid: string) => DeliveryProgressView | undefined;
  /** The routing table that the data plane works by at this moment: older than what was computed, for a while. */
  readonly tableInForce: () => RoutingTable;
  /** Has the object reconciled again after that time, whether or not anything it looked at changes. */
  readonly lookAgain: (delayMs: number) => void;
  /** Takes in an object the store gave back for a write. */
  readonly accept: (object: Resource) => void;
  /** What says where an object's log lives, as the routing table is told; it reads as `read` does. */
  readonly backing: BackingContext;
  /** Logs on servers. */
  readonly logs: LogKeeper;
}

export interface Reconciler {
  readonly apiVersion: string;
  readonly kind: string;
  reconcile(object: Resource, context: ReconcileContext): Promise<void>;
  /** For an object that is marked for deletion: undoes what it stands for elsewhere, then takes the finalizer off. */
  finalize?(object: Resource, context: ReconcileContext): Promise<void>;
}

/** What a plan wants of a status. A field that is undefined is taken away. */
export interface StatusPlan {
  readonly marks: readonly ConditionMark[];
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The status after a plan: conditions marked, fields set, all others as they are. Pure. */
export function nextStatus(object: Resource, set: ConditionSet, plan: StatusPlan, nowMs: number): Status {
  const before = object.status ?? {};
  const { observedGeneration: _, conditions = [], ...others } = before;
  const fields = Object.fromEntries(
    Object.entries({ ...others, ...plan.fields }).filter(([, value]) => value !== undefined),
  );
  return {
    ...(object.metadata.generation === undefined ? {} : { observedGeneration: object.metadata.generation }),
    conditions: applyMarks(set, conditions, plan.marks, nowMs),
    ...fields,
  };
}

/** Writes a status if it differs. A conflict is thrown, and so tried again with what is stored by then. */
export async function writeStatus(object: Resource, status: Status, context: ReconcileContext): Promise<void> {
  if (jsonEqual(object.status, status)) return;
  context.accept(await context.store.updateStatus({ ...object, status }));
}
