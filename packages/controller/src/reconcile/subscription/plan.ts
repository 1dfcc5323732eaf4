/** What a Subscription's channel and its own status should say of it. Pure. Source: reference sections 2.3 and 5.3. */
import {
  type ChannelSubscriber,
  type ConcreteChannel,
  type ConditionMark,
  type DeliverySpec,
  identityMarks,
  type PhysicalSubscription,
  subscriptionMarks,
} from '@millrace/api';
import type { Resolution, ResolvedDestination } from '../destination.ts';
import type { StatusPlan } from '../reconciler.ts';
import type { SubscriptionObservation } from './observe.ts';

export interface SubscriptionPlan extends StatusPlan {
  /** What the channel's `spec.subscribers` should have; absent: what is there stays. */
  readonly entry?: ChannelSubscriber;
}

export function planSubscription(observed: SubscriptionObservation): SubscriptionPlan {
  const { channel } = observed;
  if (channel === undefined) {
    // What was resolved stays: the Subscription goes on where its channel left off, should it come back.
    return {
      marks: [subscriptionMarks.channelUnresolved(whyNoChannel(observed)), identityMarks.oidcDisabled()],
      fields: {},
    };
  }
  const resolved = resolvedParts(observed, channel);
  const physicalSubscription = physicalOf(resolved);
  const failed = failureOf(observed);
  if (failed !== undefined) {
    return { marks: [failed, identityMarks.oidcDisabled()], fields: { physicalSubscription } };
  }
  return {
    marks: [
      subscriptionMarks.referencesResolved(),
      ...markedByChannel(observed, channel),
      identityMarks.oidcDisabled(),
    ],
    fields: { physicalSubscription },
    entry: entryOf(observed, channel, resolved),
  };
}

function whyNoChannel({ channelRef }: SubscriptionObservation): string {
  const { kind, namespace = '', name } = channelRef.ref;
  const title = `${kind} ${namespace}/${name}`;
  const what = 'Failed to get Spec.Channel or backing channel:';
  if (channelRef.kind === 'pending' && !channelRef.absent)
    return `${what} ${title} does not say yet what it stands for`;
  return `${what} ${title} does not exist, or is no channel`;
}

interface Resolved {
  readonly subscriber: ResolvedDestination | undefined;
  readonly reply: ResolvedDestination | undefined;
  /** Its own, else its channel's. */
  readonly deadLetterSink: ResolvedDestination | undefined;
}

function destinationOf(resolution: Resolution | undefined): ResolvedDestination | undefined {
  return resolution?.kind === 'resolved' ? resolution.destination : undefined;
}

function resolvedParts(observed: SubscriptionObservation, channel: ConcreteChannel): Resolved {
  const { deadLetterSinkUri, deadLetterSinkCACerts, deadLetterSinkAudience } = channel.status ?? {};
  const ofChannel: ResolvedDestination | undefined =
    deadLetterSinkUri === undefined
      ? undefined
      : {
          url: deadLetterSinkUri,
          ...(deadLetterSinkCACerts === undefined ? {} : { caCerts: deadLetterSinkCACerts }),
          ...(deadLetterSinkAudience === undefined ? {} : { audience: deadLetterSinkAudience }),
        };
  return {
    subscriber: destinationOf(observed.subscriber),
    reply: destinationOf(observed.reply),
    deadLetterSink: observed.deadLetterSink === undefined ? ofChannel : destinationOf(observed.deadLetterSink),
  };
}

/** A resolved destination as three fields with a common beginning. */
function fieldsOf(prefix: string, destination: ResolvedDestination | undefined): Record<string, string> {
  if (destination === undefined) return {};
  const { url, caCerts, audience } = destination;
  return {
    [`${prefix}Uri`]: url,
    ...(caCerts === undefined ? {} : { [`${prefix}CACerts`]: caCerts }),
    ...(audience === undefined ? {} : { [`${prefix}Audience`]: audience }),
  };
}

function physicalOf({ subscriber, reply, deadLetterSink }: Resolved): PhysicalSubscription {
  return {
    ...fieldsOf('subscriber', subscriber),
    ...fieldsOf('reply', reply),
    ...fieldsOf('deadLetterSink', deadLetterSink),
  };
}

/** The first of the references that is not resolved. */
function failureOf({ subscriber, reply, deadLetterSink }: SubscriptionObservation): ConditionMark | undefined {
  if (subscriber.kind === 'unresolved') {
    return subscriptionMarks.subscriberUnresolved(`Failed to resolve spec.subscriber: ${subscriber.reason}`);
  }
  if (reply?.kind === 'unresolved') {
    return subscriptionMarks.replyUnresolved(`Failed to resolve spec.reply: ${reply.reason}`);
  }
  if (deadLetterSink?.kind === 'unresolved') {
    return subscriptionMarks.deadLetterSinkUnresolved(
      `Failed to resolve spec.delivery.deadLetterSink: ${deadLetterSink.reason}`,
    );
  }
  return undefined;
}

/** Ready is a promise, and it is the channel that makes it: it says of each subscriber whether it is served. */
function markedByChannel(
  { subscription }: SubscriptionObservation,
  channel: ConcreteChannel,
): readonly ConditionMark[] {
  const { uid, generation = 0 } = subscription.metadata;
  const said = channel.status?.subscribers?.find((entry) => entry.uid === uid);
  const isOld = said !== undefined && (said.observedGeneration ?? 0) < generation;
  if (said?.ready === 'True' && !isOld) return [subscriptionMarks.channelReady(), subscriptionMarks.added()];
  const mark = subscriptionMarks.notMarkedReady(isOld ? undefined : said);
  const { status, reason = '', message = '' } = mark;
  return [subscriptionMarks.channelNotReady(status === 'False' ? 'False' : 'Unknown', reason, message), mark];
}

/** Delivery as the channel is to see it: the Subscription's, else the channel's, with the dead letter sink as a URL. */
function deliveryOf(
  { subscription }: SubscriptionObservation,
  channel: ConcreteChannel,
  { deadLetterSink }: Resolved,
): DeliverySpec | undefined {
  const { deadLetterSink: _, ...settings } = subscription.spec.delivery ?? channel.spec?.delivery ?? {};
  const sink =
    deadLetterSink === undefined
      ? {}
      : {
          deadLetterSink: {
            uri: deadLetterSink.url,
            ...(deadLetterSink.caCerts === undefined ? {} : { CACerts: deadLetterSink.caCerts }),
            ...(deadLetterSink.audience === undefined ? {} : { audience: deadLetterSink.audience }),
          },
        };
  const delivery = { ...settings, ...sink };
  return Object.keys(delivery).length === 0 ? undefined : delivery;
}

function entryOf(observed: SubscriptionObservation, channel: ConcreteChannel, resolved: Resolved): ChannelSubscriber {
  const { uid = '', name, generation = 0 } = observed.subscription.metadata;
  const delivery = deliveryOf(observed, channel, resolved);
  return {
    uid,
    name,
    generation,
    ...fieldsOf('subscriber', resolved.subscriber),
    ...fieldsOf('reply', resolved.reply),
    ...(delivery === undefined ? {} : { delivery }),
  };
}
