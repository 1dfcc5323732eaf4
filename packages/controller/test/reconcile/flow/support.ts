/** A flow with its children as a store would have them, without a store: plans are made and written down here. */
import {
  admit,
  type Condition,
  defaultDeliveryPolicy,
  defaultKindContext,
  emptyRoutingTable,
  type LogRoute,
  type Resource,
  type ResourceRef,
  type RoutingTable,
  type SubscriptionRoute,
} from '@millrace/api';
import type { DeliveryProgressView } from '../../../src/reconcile/delivery-progress.ts';
import type { FlowPlan } from '../../../src/reconcile/flow/plan.ts';
import type { ReconcileContext, StatusPlan } from '../../../src/reconcile/reconciler.ts';
import { objectKey } from '../../../src/store/keys.ts';

export const flows = 'flows.knative.dev/v1';
export const channelsOf = 'messaging.millrace.dev/v1alpha1';
export const to = (path: string) => ({ uri: `http://localhost:3000/${path}` });

/** An object as it is stored: with defaults, a UID and a generation. */
export function stored(resource: Resource, generation = 1): Resource {
  const admitted = admit(resource, defaultKindContext);
  if (admitted.kind === 'error') throw new Error(JSON.stringify(admitted.errors));
  const { metadata, ...rest } = admitted.resource;
  return { ...rest, metadata: { ...metadata, uid: `uid-of-${metadata.name}`, generation } } as Resource;
}

/** What a kind of flow plans. */
type PlanOf = (flow: Resource, context: ReconcileContext) => FlowPlan;

export class FakeWorld {
  readonly #kind: 'Sequence' | 'Parallel';
  readonly #name: string;
  readonly #planOf: PlanOf;
  #flow: Resource | undefined;
  readonly objects = new Map<string, Resource>();
  readonly progress = new Map<string, DeliveryProgressView>();
  table: RoutingTable = emptyRoutingTable;
  nowMs = Date.parse('2026-01-31T09:30:00Z');
  lookedAgainMs: number | undefined;

  constructor(kind: 'Sequence' | 'Parallel', name: string, planOf: PlanOf) {
    this.#kind = kind;
    this.#name = name;
    this.#planOf = planOf;
  }

  /** Somebody writes the flow; its status stays. */
  give(spec: Record<string, unknown>, name = this.#name): void {
    const status = this.#flow?.status;
    const metadata = { name, namespace: 'default' };
    const made = stored({ apiVersion: flows, kind: this.#kind, metadata, spec });
    this.#flow = status === undefined ? made : { ...made, status };
  }

  plan(): FlowPlan {
    if (!this.#flow) throw new Error('no flow was given');
    return this.#planOf(this.#flow, this.#context);
  }

  /** One reconcile: plans, writes, keeps the status. New children are ready, unless told otherwise. */
  reconcile(ready = true): FlowPlan {
    const plan = this.plan();
    this.#write(plan, ready);
    this.#flow = settled(this.#flow as Resource, plan);
    return plan;
  }

  /** The flow is there, and at rest. */
  start(spec: Record<string, unknown>): void {
    this.give(spec);
    this.reconcile();
    this.reconcile();
  }

  get #context(): ReconcileContext {
    return {
      read: (ref: ResourceRef) => this.objects.get(objectKey(ref)),
      nowMs: this.nowMs,
      options: { baseUrl: 'http://localhost:8080' },
      isServed: () => true,
      progressOf: (uid: string) => this.progress.get(uid),
      tableInForce: () => this.table,
    } as unknown as ReconcileContext;
  }

  get(kind: string, name: string): Resource | undefined {
    return [...this.objects.values()].find((object) => object.kind === kind && object.metadata.name === name);
  }

  names(kind: string): readonly string[] {
    return [...this.objects.values()]
      .filter((object) => object.kind === kind)
      .map(({ metadata }) => metadata.name)
      .sort();
  }

  specOf(subscription: string): Record<string, unknown> {
    return this.get('Subscription', subscription)?.spec as Record<string, unknown>;
  }

  put(object: Resource): void {
    this.objects.set(objectKey({ ...object, ...object.metadata }), object);
  }

  drop(kind: string, name: string): void {
    for (const [key, object] of this.objects)
      if (object.kind === kind && object.metadata.name === name) this.objects.delete(key);
  }

  /** Does what a plan says, and gives new children a status: ready, and addressable when they are channels. */
  #write(plan: FlowPlan, ready: boolean): void {
    for (const write of plan.writes) {
      if (write.kind === 'remove') this.drop(write.object.kind, write.object.metadata.name);
      else if (write.kind === 'create') this.put(ready ? withStatus(stored(write.object)) : stored(write.object));
      else this.put(write.object);
    }
  }
}

export function withStatus(child: Resource, ready: Condition['status'] = 'True'): Resource {
  const { name, namespace = 'default', generation = 1 } = child.metadata;
  const url = `http://localhost:8080/channels/${namespace}/${name}`;
  const address = child.kind === 'Subscription' ? {} : { address: { name: 'http', url } };
  const conditions = [{ type: 'Ready', status: ready }];
  return { ...child, status: { observedGeneration: generation, conditions, ...address } };
}

export const view = (more: Partial<DeliveryProgressView> = {}): DeliveryProgressView => ({
  state: 'attached',
  position: 0,
  end: 0,
  lag: 0,
  oldestUnsettledMs: 0,
  inFlight: 0,
  retrying: 0,
  ...more,
});

/** `Type=Status(reason)` of each mark. */
export const marksOf = (plan: StatusPlan) =>
  plan.marks.map(({ type, status, reason }) => `${type}=${status}${reason === undefined ? '' : `(${reason})`}`);

/** The object with the status a plan gives it, as the next reconcile finds it. */
function settled(object: Resource, plan: StatusPlan): Resource {
  const conditions = plan.marks.map(({ type, status }) => ({ type, status }));
  const fields = Object.fromEntries(Object.entries(plan.fields).filter(([, value]) => value !== undefined));
  return { ...object, status: { conditions, ...fields } };
}

/** A Subscription of the flow, as a table has it. */
export function routeOf(name: string, more: Partial<SubscriptionRoute> = {}): SubscriptionRoute {
  return {
    uid: `uid-of-${name}`,
    kind: 'Subscription',
    namespace: 'default',
    name,
    revision: 1,
    filter: {},
    delivery: defaultDeliveryPolicy,
    order: 'unordered',
    start: { kind: 'earliest' },
    paused: false,
    maxInFlight: 1,
    ...more,
  };
}

/** A channel of the flow, as a table has it. */
export function channelOf(uid: string, name: string, subscriptions: readonly SubscriptionRoute[]): LogRoute {
  const retention = { ageMs: 1, bytes: 1 };
  return { uid, kind: 'Channel', namespace: 'default', name, path: '', hosts: [], retention, subscriptions };
}
