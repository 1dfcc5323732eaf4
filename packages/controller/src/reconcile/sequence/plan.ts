/**
 * What a Sequence's children and status should be. Pure. Source: reference sections 2.4 and 5.4.
 *
 * Q1. A Subscription is changed in place: its cursor stays, and what waits in its channel is delivered as the Sequence is now.
 * Q2. A Subscription is changed only once all channels after it have an address: until then it does what it did before, so
 *     that no answer comes to nowhere, and none passes over a step that is being put in.
 * Q3. A channel beyond the last step goes only when nothing is on its way through it (`flow/draining.ts`); until then what
 *     is in it goes through the steps it was meant for, and ends where the Sequence replies to.
 */
import {
  type Destination,
  type DrainingEntry,
  eventPolicyMarks,
  type Resource,
  type Sequence,
  sequenceMarks,
} from '@millrace/api';
import {
  changedSubscription,
  destinationTo,
  readyOf,
  referenceTo,
  restartAt,
  type SubscriptionWish,
  urlOf,
  wishOf,
} from '../flow/children.ts';
import { drainChannel, drainLookMs } from '../flow/draining.ts';
import {
  addressOf,
  areReady,
  type ChannelsPlan,
  type ChildWrite,
  type FlowPlan,
  planChannels,
  planSubscription,
  remarks,
  subscriptionStatus,
  whyTaken,
} from '../flow/plan.ts';
import type { StatusPlan } from '../reconciler.ts';
import type { SequenceObservation, SequencePlace } from './observe.ts';

export function planSequence(observed: SequenceObservation): FlowPlan {
  const { sequence, places } = observed;
  const { steps, channelTemplate } = sequence.spec;
  const wanted = places.slice(0, steps.length);
  const channels = planChannels(
    wanted.map(({ name, channel, channelTaken }) => ({ name, own: channel, isTaken: channelTaken })),
    channelTemplate,
    sequence,
  );
  const surplus = planSurplus(observed);
  const status = planStatus(sequence, wanted, surplus.draining, channels);
  return {
    ...status,
    // The end of the chain first: when a step begins to answer to the next one, that one is there.
    writes: [...channels.writes, ...planSubscriptions(observed, channels).toReversed(), ...surplus.writes],
    ...(surplus.draining.length === 0 ? {} : { lookAgainMs: drainLookMs }),
  };
}

function planSubscriptions({ sequence, places, nowMs }: SequenceObservation, { channels }: ChannelsPlan): ChildWrite[] {
  const { steps } = sequence.spec;
  return steps.flatMap((step, index): ChildWrite[] => {
    const { name, subscription, subscriptionTaken } = places[index] as SequencePlace;
    const channel = channels[index] as Resource;
    const { delivery, ...subscriber } = step;
    const reply = replyOf(sequence, channels[index + 1]);
    const wish: SubscriptionWish = {
      subscriber,
      ...(reply === undefined ? {} : { reply }),
      ...(delivery === undefined ? {} : { delivery }),
    };
    const isHeld = channels.slice(index + 1).some((next) => urlOf(next) === undefined);
    if (subscription !== undefined && isHeld) return []; // Q2
    const child = { name, own: subscription, isTaken: subscriptionTaken };
    const wasReady = sequence.status?.subscriptionStatuses?.[index]?.ready.status === 'True';
    return planSubscription(child, channel, wish, () => (wasReady ? restartAt(nowMs) : 'earliest'), sequence); // Q1
  });
}

function replyOf(sequence: Sequence, next: Resource | undefined): Destination | undefined {
  return next === undefined ? sequence.spec.reply : destinationTo(referenceTo(next));
}

/** Q3. */
function planSurplus({ sequence, places, nowMs }: SequenceObservation): {
  readonly writes: readonly ChildWrite[];
  readonly draining: readonly DrainingEntry[];
} {
  const writes: ChildWrite[] = [];
  const draining: DrainingEntry[] = [];
  for (const [index, place] of places.entries()) {
    if (index < sequence.spec.steps.length) continue;
    const { channel, subscription, drain } = place;
    if (subscription === undefined || channel === undefined || drain === undefined) {
      // Half of it was deleted by a person: the other half is of no use.
      for (const object of [subscription, channel]) if (object !== undefined) writes.push({ kind: 'remove', object });
      continue;
    }
    const before = sequence.status?.draining?.find((entry) => entry.subscription === subscription.metadata.name);
    const state = drainChannel({ subscription: place.name, facts: drain, before, nowMs });
    if (state.kind === 'drained') {
      writes.push({ kind: 'remove', object: subscription }, { kind: 'remove', object: channel });
      continue;
    }
    draining.push(state.entry);
    const { reply: _, ...others } = wishOf(subscription);
    const reply = replyOf(sequence, places[index + 1]?.channel);
    const object = changedSubscription(subscription, { ...others, ...(reply === undefined ? {} : { reply }) });
    if (object !== undefined) writes.push({ kind: 'update', part: 'subscriptions', object });
  }
  return { writes, draining };
}

function planStatus(
  sequence: Sequence,
  wanted: readonly SequencePlace[],
  draining: readonly DrainingEntry[],
  { channels, kept }: ChannelsPlan,
): StatusPlan {
  const channelStatuses = channels.map((channel, index) => ({
    channel: referenceTo(channel),
    ready: readyOf(wanted[index]?.channel, 'Channel'),
  }));
  const subscriptions = wanted.map(({ name, subscription, subscriptionTaken }) => ({
    name,
    own: subscription,
    isTaken: subscriptionTaken,
  }));
  const subscriptionStatuses = subscriptions.map((child) => subscriptionStatus(child, sequence));
  const address = addressOf(wanted[0]?.channel);
  const marks = sequenceMarks;
  return {
    marks: [
      areReady(channelStatuses)
        ? marks.channelsReady()
        : marks.channelsNotReady(whyTaken(wanted.map(({ name, channelTaken }) => ({ name, isTaken: channelTaken })))),
      areReady(subscriptionStatuses)
        ? marks.subscriptionsReady()
        : marks.subscriptionsNotReady(whyTaken(subscriptions)),
      address === undefined ? marks.notAddressable() : marks.addressable(),
      eventPolicyMarks.oidcDisabled(),
      ...remarks(sequence, marks, draining, kept),
    ],
    fields: {
      channelStatuses,
      subscriptionStatuses,
      address,
      draining: draining.length === 0 ? undefined : draining,
    },
  };
}
