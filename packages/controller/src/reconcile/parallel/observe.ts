/** What a Parallel's plan depends on: itself, its children by their names, and how far those that are to go have got. */
import type { ChildReference, Parallel, Resource } from '@millrace/api';
import { childName } from '../child-name.ts';
import { ownChild, subscriptionApiVersion } from '../flow/children.ts';
import { type DrainFacts, drainFacts, drainingPlaces } from '../flow/draining.ts';
import type { ReconcileContext } from '../reconciler.ts';
import type { ReadResource } from '../tracker.ts';

/** A child by its name: the Parallel's own, or the fact that something else has the name. */
export interface ParallelChild {
  readonly name: string;
  readonly own?: Resource;
  readonly isTaken: boolean;
}

/** Branch number i, as it is found. */
export interface ParallelPlace {
  readonly filter: ParallelChild;
  readonly channel: ParallelChild;
  readonly subscription: ParallelChild;
  /** Of a place beyond the last branch: of its filter's Subscription, and of its own, where they are there. */
  readonly filterDrain?: DrainFacts;
  readonly drain?: DrainFacts;
}

export interface ParallelObservation {
  readonly parallel: Parallel;
  readonly ingress: ParallelChild;
  /** Of all branches, and of what is left of an earlier form. */
  readonly places: readonly ParallelPlace[];
  readonly nowMs: number;
}

export function observeParallel(parallel: Parallel, context: ReconcileContext): ParallelObservation {
  const find = finder(parallel, context.read);
  const ingressBefore = parallel.status?.ingressChannelStatus?.channel;
  const ingress = find.channel(childName(parallel.metadata.name, '-kn-parallel'), ingressBefore);
  const branches = parallel.spec.branches.length;
  const known = Math.max(
    branches,
    parallel.status?.branchStatuses?.length ?? 0,
    ...drainingPlaces(parallel.status?.draining),
  );
  const places: ParallelPlace[] = [];
  for (let index = 0; ; index += 1) {
    const place = observePlace(parallel, index, find);
    const isThere = place.filter.own ?? place.channel.own ?? place.subscription.own;
    if (index >= known && isThere === undefined) break;
    places.push(index < branches ? place : withDrains(place, ingress.own, context));
  }
  return { parallel, ingress, places, nowMs: context.nowMs };
}

interface Finder {
  subscription(name: string): ParallelChild;
  /** Looks for a channel of the kind it had before, then for one of the template's. */
  channel(name: string, before: ChildReference | undefined): ParallelChild;
}

function finder(parallel: Parallel, read: ReadResource): Finder {
  const { namespace = 'default' } = parallel.metadata;
  const childOf = (name: string, found: Resource | undefined): ParallelChild => {
    const own = ownChild(found, parallel);
    return { name, isTaken: found !== undefined && own === undefined, ...(own === undefined ? {} : { own }) };
  };
  return {
    subscription: (name) =>
      childOf(name, read({ apiVersion: subscriptionApiVersion, kind: 'Subscription', namespace, name })),
    channel(name, before) {
      const { apiVersion, kind } = parallel.spec.channelTemplate;
      const kept =
        before === undefined ? undefined : read({ apiVersion: before.apiVersion, kind: before.kind, namespace, name });
      return childOf(name, kept ?? read({ apiVersion, kind, namespace, name }));
    },
  };
}

function observePlace(parallel: Parallel, index: number, find: Finder): ParallelPlace {
  const parent = parallel.metadata.name;
  const name = childName(parent, `-kn-parallel-${index}`);
  const subscription = find.subscription(name);
  const on = (subscription.own?.spec as { readonly channel?: ChildReference } | undefined)?.channel;
  const before = on ?? parallel.status?.branchStatuses?.[index]?.filterChannelStatus.channel;
  return {
    filter: find.subscription(childName(parent, `-kn-parallel-filter-${index}`)),
    channel: find.channel(name, before),
    subscription,
  };
}

function withDrains(place: ParallelPlace, ingress: Resource | undefined, context: ReconcileContext): ParallelPlace {
  const common = { table: context.tableInForce(), progressOf: context.progressOf };
  const [filter, own] = [place.filter.own, place.subscription.own];
  return {
    ...place,
    ...(filter === undefined
      ? {}
      : { filterDrain: drainFacts({ ...common, channel: ingress, subscription: filter, feeder: undefined }) }),
    ...(own === undefined
      ? {}
      : { drain: drainFacts({ ...common, channel: place.channel.own, subscription: own, feeder: filter }) }),
  };
}
