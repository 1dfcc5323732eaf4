/**
 * What a reconciler is: observe everything, plan purely, apply the difference, write status only when it changes.
 *
 * N1. A reconciler is given a key, never an event: it may be called again at any time and must come to the same result.
 * N2. It reads through a recording reader: it is called again when anything it asked for changes.
 * N3. It throws only for what should be tried again; what is wrong with an object goes into the object's conditions.
 */
import { applyMarks, type ConditionMark, type ConditionSet, type Resource, type Status } from '@millrace/api';
import { jsonEqual } from '../store/json.ts';
import type { ResourceStore } from '../store/store.ts';
import type { ReadResource } from './tracker.ts';

export interface ReconcileOptions {
  /** Where Brokers are reached from this machine: `http://localhost:8080`, without a slash at the end. */
  readonly baseUrl: string;
  /** Where the receiver of a GitHubSource listens; undefined: there is none. */
  readonly gitHubReceiverUrl?: (source: { readonly namespace: string; readonly name: string }) => string | undefined;
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
  /** Takes in an object the store gave back for a write. */
  readonly accept: (object: Resource) => void;
}

export interface Reconciler {
  readonly apiVersion: string;
  readonly kind: string;
  reconcile(object: Resource, context: ReconcileContext): Promise<void>;
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
