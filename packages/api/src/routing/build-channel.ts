/**
 * From a channel and its Subscriptions to a route. A generic Channel has none: what it stands for has one.
 *
 * R3 of the table holds here as for Brokers: a Subscription is in the table whether it is ready or not, and what it wants
 * waits in the log while its subscriber, or the reply it names, is not resolved.
 */
import type { DeliverySpec, Target } from '../delivery/index.ts';
import { maxInFlightMax, parseStart } from '../kinds/annotations.ts';
import { isAsynchronous, isInMemoryChannel } from '../kinds/in-memory-channel/types.ts';
import { isKafkaChannel } from '../kinds/kafka-channel/types.ts';
import { isNatsJetStreamChannel } from '../kinds/nats-jet-stream-channel/types.ts';
import type { ChannelSubscriber } from '../kinds/shared/channelable.ts';
import { parseGoDuration } from '../kinds/shared/go-duration.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { Subscription } from '../kinds/subscription/types.ts';
import type { Resource } from '../resource.ts';
import type { LogBacking } from './backing.ts';
import type { RouteContext } from './build-context.ts';
import {
  byPlace,
  deadLetterSinkOf,
  deliveryOf,
  routeDelivery,
  routeSettings,
  type SettingsDefaults,
  settingsOf,
  targetOf,
} from './build-subscription.ts';
import { channelAtAddress, channelHosts, channelPath, channelRootHosts, isOfBroker } from './channel-address.ts';
import {
  backingOfChannel,
  type ConcreteChannel,
  channelRetention,
  isConcreteChannel,
  keptKafkaBacking,
} from './channel-backing.ts';
import { subscriptionConsumer, subscriptionGroup } from './log-names.ts';
import type { LogRoute, SubscriptionRoute } from './table.ts';

/** The request limit that Knative's JetStream dispatcher has for a given `ackWait` is that much less. */
const ackWaitMarginMs = 200;

function cursorNameOf(channel: ConcreteChannel, uid: string, backing: LogBacking | undefined): string | undefined {
  if (backing?.kind === 'jetstream') return subscriptionConsumer(uid);
  const { namespace = '', name } = channel.metadata;
  return backing?.kind === 'kafka' ? subscriptionGroup({ namespace, name }, uid) : undefined;
}

/** What a channel's kind says of its Subscriptions where they do not speak for themselves. */
function settingsDefaults(channel: ConcreteChannel): SettingsDefaults {
  if (isKafkaChannel(channel)) return { order: 'ordered' };
  if (!isNatsJetStreamChannel(channel)) return {};
  const { deliverPolicy = 'All', optStartTime = '', maxAckPending } = channel.spec?.consumerConfigTemplate ?? {};
  const named = deliverPolicy === 'ByStartTime' ? parseStart(optStartTime) : undefined;
  const start =
    named?.kind === 'ok' ? named.value : ({ kind: deliverPolicy === 'New' ? 'latest' : 'earliest' } as const);
  return {
    start,
    ...(maxAckPending === undefined ? {} : { maxInFlight: Math.min(Math.max(maxAckPending, 1), maxInFlightMax) }),
  };
}

/** Delivery of the channel; the consumer template of JetStream names a limit of one attempt as well. */
function channelDelivery(channel: ConcreteChannel): DeliverySpec | undefined {
  const { delivery } = channel.spec ?? {};
  if (!isNatsJetStreamChannel(channel)) return delivery;
  const { ackWait } = channel.spec?.consumerConfigTemplate ?? {};
  const waitMs = ackWait === undefined ? 0 : (parseGoDuration(ackWait) ?? 0);
  if (waitMs <= ackWaitMarginMs || delivery?.timeout !== undefined) return delivery;
  return { ...delivery, timeout: `PT${(waitMs - ackWaitMarginMs) / 1_000}S` };
}

/** What of a Subscription, or of an entry in its channel's spec, a route is made of. */
interface Wanted {
  readonly uid: string;
  readonly name: string;
  readonly generation: number;
  readonly subscriber: Target | undefined;
  /** `missing`: one is named that is not resolved. */
  readonly reply: Target | 'missing' | undefined;
  readonly delivery: DeliverySpec | undefined;
  readonly deadLetterSink: Target | undefined;
  /** Carries the annotations. */
  readonly object: Pick<Resource, 'metadata'>;
}

function wantedBySubscription(subscription: Subscription): Wanted {
  const { metadata, spec, status } = subscription;
  const physical = isFields(status?.physicalSubscription) ? status.physicalSubscription : {};
  const reply = targetOf(physical.replyUri, physical.replyCACerts, physical.replyAudience);
  const namesReply = isFields(spec.reply) && Object.keys(spec.reply).length > 0;
  return {
    uid: metadata.uid ?? '',
    name: metadata.name,
    generation: metadata.generation ?? 0,
    subscriber: targetOf(physical.subscriberUri, physical.subscriberCACerts, physical.subscriberAudience),
    reply: namesReply ? (reply ?? 'missing') : undefined,
    delivery: spec.delivery,
    deadLetterSink: deadLetterSinkOf(physical),
    object: subscription,
  };
}

/**
 * An entry that no Subscription wrote: somebody uses the channel by its Channelable shape alone. One that has only a reply
 * gets the events themselves there.
 */
function wantedByEntry(entry: ChannelSubscriber): Wanted {
  const { deadLetterSink: sink }: DeliverySpec = isFields(entry.delivery) ? entry.delivery : {};
  const subscriber = targetOf(entry.subscriberUri, entry.subscriberCACerts, entry.subscriberAudience);
  const reply = targetOf(entry.replyUri, entry.replyCACerts, entry.replyAudience);
  return {
    uid: entry.uid,
    name: entry.name ?? entry.uid,
    generation: entry.generation ?? 0,
    subscriber: subscriber ?? reply,
    reply: subscriber === undefined ? undefined : reply,
    delivery: entry.delivery,
    deadLetterSink: targetOf(sink?.uri, sink?.CACerts, sink?.audience),
    object: { metadata: { name: entry.name ?? entry.uid } },
  };
}

function subscriptionRoute(
  wanted: Wanted,
  channel: ConcreteChannel,
  backing: LogBacking | undefined,
): SubscriptionRoute {
  const { uid, name, generation, reply } = wanted;
  const settings = settingsOf(wanted.object, settingsDefaults(channel));
  const spec = channelDelivery(channel);
  const delivery = deliveryOf(
    { spec: wanted.delivery, deadLetterSink: wanted.deadLetterSink },
    { spec, deadLetterSink: deadLetterSinkOf(channel.status) },
  );
  const isReadable = settings.readable && delivery.policy !== undefined && reply !== 'missing';
  const subscriber = isReadable ? wanted.subscriber : undefined; // R3
  const cursorName = cursorNameOf(channel, uid, backing);
  return {
    uid,
    kind: 'Subscription',
    ...(cursorName === undefined ? {} : { cursorName }),
    namespace: channel.metadata.namespace ?? '',
    name,
    revision: generation,
    filter: {},
    ...(subscriber === undefined ? {} : { subscriber }),
    ...(reply === undefined || reply === 'missing' ? {} : { reply }),
    ...routeDelivery(delivery),
    ...routeSettings(settings),
  };
}

/** Entries of a channel's spec that are no Subscription's, nor were: those of one that is going are not listened to. */
function entriesAlone(channel: ConcreteChannel, context: RouteContext): readonly ChannelSubscriber[] {
  const entries: unknown = channel.spec?.subscribers ?? [];
  if (!Array.isArray(entries)) return [];
  const seen = new Set<string>();
  return (entries as readonly ChannelSubscriber[]).filter((entry) => {
    if (!isFields(entry) || typeof entry.uid !== 'string' || entry.uid === '') return false;
    const isOwn = !context.subscriptionUids.has(entry.uid) && !seen.has(entry.uid);
    seen.add(entry.uid);
    return isOwn;
  });
}

/** Routes of all that want a channel's events, sorted. */
export function subscriptionRoutes(
  channel: ConcreteChannel,
  backing: LogBacking | undefined,
  context: RouteContext,
): readonly SubscriptionRoute[] {
  const wanted = [
    ...context.subscriptionsOf(channel).map(wantedBySubscription),
    ...entriesAlone(channel, context).map(wantedByEntry),
  ];
  return wanted.map((each) => subscriptionRoute(each, channel, backing)).sort(byPlace); // R2
}

/** Undefined: no channel that holds events, a Broker's own, or it cannot be said where its events live. */
export function channelRoute(resource: Resource, context: RouteContext): LogRoute | undefined {
  if (!isConcreteChannel(resource) || isOfBroker(resource)) return undefined;
  const found = backingOfChannel(resource, context);
  // Settings that were removed or spoiled stop no channel that had its place already.
  const backing = found.kind === 'ok' ? found.value : keptKafkaBacking(resource);
  if (found.kind === 'error' && backing === undefined) return undefined;
  const { namespace = '', name, uid = '' } = resource.metadata;
  const isReached = channelAtAddress(namespace, name, context.read)?.metadata.uid === uid;
  const waits = isInMemoryChannel(resource) && !isAsynchronous(resource);
  return {
    uid,
    kind: 'Channel',
    namespace,
    name,
    path: isReached ? channelPath(namespace, name) : '',
    hosts: isReached ? channelHosts(resource.kind) : [],
    rootHosts: isReached ? channelRootHosts(resource) : [],
    ...(waits ? { accepts: 'delivered' as const } : {}),
    ...(backing === undefined ? {} : { backing }),
    retention: channelRetention(resource),
    subscriptions: subscriptionRoutes(resource, backing, context),
  };
}
