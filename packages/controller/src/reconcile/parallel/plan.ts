/**
 * What a Parallel's children and status should be. Pure. Source: reference sections 2.4 and 5.5.
 *
 * P1. A Subscription is changed in place: its cursor stays.
 * P2. The Subscription of a new Parallel begins with the first event of the ingress channel; that of a branch that is added
 *     later with the next one.
 * P3. A branch that is no longer wanted goes in two steps, each when nothing is on its way any more (`flow/draining.ts`): its
 *     filter's Subscription, then its channel. Until then its answers go where they went.
 */
import {
  type ConditionMark,
  type Destination,
  type DrainingEntry,
  eventPolicyMarks,
  type Parallel,
  type ParallelBranch,
  parallelMarks,
  type Resource,
} from '@millrace/api';
import { destinationTo, referenceTo, restartAt, type SubscriptionWish, urlOf } from '../flow/children.ts';
import { drainChannel, drainLookMs, drainUpToNow } from '../flow/draining.ts';
import {
  addressOf,
  areReady,
  type ChildWrite,
  type FlowPlan,
  planChannels,
  planSubscription,
  remarks,
  subscriptionStatus,
  whyTaken,
} from '../flow/plan.ts';
import type { ParallelChild, ParallelObservation, ParallelPlace } from './observe.ts';

export function planParallel(observed: ParallelObservation): FlowPlan {
  const { parallel, ingress, places } = observed;
  const { branches, channelTemplate } = parallel.spec;
  const wanted = places.slice(0, branches.length);
  const children = [ingress, ...wanted.map(({ channel }) => channel)];
  const { channels, kept, writes } = planChannels(children, channelTemplate, parallel);
  const surplus = planSurplus(observed);
  const subscriptions = branches.flatMap((branch, index) => planBranch(observed, branch, index, channels));
  const { marks, fields } = planStatus(parallel, ingress, wanted, channels);
  const { draining } = surplus;
  return {
    marks: [...marks, ...remarks(parallel, parallelMarks, draining, kept)],
    fields: { ...fields, draining: draining.length === 0 ? undefined : draining },
    writes: [...writes, ...subscriptions, ...surplus.writes],
    ...(draining.length === 0 ? {} : { lookAgainMs: drainLookMs }),
  };
}

/** The two Subscriptions of a branch. `channels`: the ingress channel, then those of the branches. */
function planBranch(
  { parallel, places, nowMs }: ParallelObservation,
  branch: ParallelBranch,
  index: number,
  channels: readonly Resource[],
): ChildWrite[] {
  const { filter, subscription } = places[index] as ParallelPlace;
  const [ingress, channel] = [channels[0] as Resource, channels[index + 1] as Resource];
  const before = parallel.status?.branchStatuses?.[index];
  const wasThere = parallel.status?.ingressChannelStatus !== undefined;
  const again = (ready: string | undefined, fresh: string): string => (ready === 'True' ? restartAt(nowMs) : fresh);
  return [
    // The branch before its filter: what the filter lets through finds its way on.
    ...planSubscription(
      subscription,
      channel,
      wishOfBranch(parallel, branch),
      () => again(before?.subscriberSubscriptionStatus.ready.status, 'earliest'),
      parallel,
    ),
    ...planSubscription(
      filter,
      ingress,
      wishOfFilter(branch, channel),
      () =>
        again(before?.filterSubscriptionStatus.ready.status, wasThere && before === undefined ? 'latest' : 'earliest'),
      parallel,
    ), // P2
  ];
}

function wishOfFilter({ filter }: ParallelBranch, channel: Resource): SubscriptionWish {
  const branch = destinationTo(referenceTo(channel));
  return filter === undefined ? { subscriber: branch } : { subscriber: filter, reply: branch };
}

function wishOfBranch({ spec }: Parallel, branch: ParallelBranch): SubscriptionWish {
  const { subscriber, delivery } = branch;
  const reply: Destination | undefined = branch.reply ?? spec.reply;
  return { subscriber, ...(reply === undefined ? {} : { reply }), ...(delivery === undefined ? {} : { delivery }) };
}

/** P3. */
function planSurplus({ parallel, places, nowMs }: ParallelObservation): {
  readonly writes: readonly ChildWrite[];
  readonly draining: readonly DrainingEntry[];
} {
  const writes: ChildWrite[] = [];
  const draining: DrainingEntry[] = [];
  const remove = (...objects: readonly (Resource | undefined)[]): void => {
    for (const object of objects) if (object !== undefined) writes.push({ kind: 'remove', object });
  };
  const question = (child: ParallelChild) => ({
    subscription: child.name,
    before: parallel.status?.draining?.find((entry) => entry.subscription === child.name),
    nowMs,
  });
  for (const { filter, channel, subscription, filterDrain, drain } of places.slice(parallel.spec.branches.length)) {
    if (filterDrain !== undefined) {
      const state = drainUpToNow({ ...question(filter), facts: filterDrain });
      if (state.kind === 'drained') remove(filter.own);
      else draining.push(state.entry);
    }
    if (drain === undefined || channel.own === undefined) {
      // Half of it was deleted by a person: the other half is of no use.
      if (filter.own === undefined) remove(subscription.own, channel.own);
      continue;
    }
    const state = drainChannel({ ...question(subscription), facts: drain });
    if (state.kind === 'drained' && filter.own === undefined) remove(subscription.own, channel.own);
    else draining.push(state.kind === 'draining' ? state.entry : { subscription: subscription.name });
  }
  return { writes, draining };
}

function planStatus(
  parallel: Parallel,
  ingress: ParallelChild,
  wanted: readonly ParallelPlace[],
  channels: readonly Resource[],
): { readonly marks: readonly ConditionMark[]; readonly fields: Readonly<Record<string, unknown>> } {
  const channelStatus = (index: number, child: ParallelChild) => ({
    channel: referenceTo(channels[index] as Resource),
    ready: addressableOf(child.own),
  });
  const ingressChannelStatus = channelStatus(0, ingress);
  const branchStatuses = wanted.map(({ filter, channel, subscription }, index) => ({
    filterSubscriptionStatus: subscriptionStatus(filter, parallel),
    filterChannelStatus: channelStatus(index + 1, channel),
    subscriberSubscriptionStatus: subscriptionStatus(subscription, parallel),
  }));
  const channelsReady = [ingressChannelStatus, ...branchStatuses.map((branch) => branch.filterChannelStatus)];
  const subscriptionsReady = branchStatuses.flatMap((branch) => [
    branch.filterSubscriptionStatus,
    branch.subscriberSubscriptionStatus,
  ]);
  const address = addressOf(ingress.own);
  const marks = parallelMarks;
  return {
    marks: [
      areReady(channelsReady)
        ? marks.channelsReady()
        : marks.channelsNotReady(whyTaken([ingress, ...wanted.map(({ channel }) => channel)])),
      areReady(subscriptionsReady)
        ? marks.subscriptionsReady()
        : marks.subscriptionsNotReady(whyTaken(wanted.flatMap(({ filter, subscription }) => [filter, subscription]))),
      address === undefined ? marks.notAddressable() : marks.addressable(),
      eventPolicyMarks.oidcDisabled(),
    ],
    fields: { ingressChannelStatus, branchStatuses, address },
  };
}

/** A channel of a Parallel counts as ready when it has an address. */
function addressableOf(channel: Resource | undefined) {
  if (urlOf(channel) !== undefined) return { type: 'Ready', status: 'True' } as const;
  const message = 'Channel is not addressable';
  return { type: 'Ready', status: 'False', reason: 'NotAddressable', message } as const;
}
