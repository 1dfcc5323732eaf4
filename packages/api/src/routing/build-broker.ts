/**
 * From a Broker and its Triggers to a route.
 *
 * R3 of the table holds here: a Trigger whose spec or annotations cannot be read, which admission refuses but another
 * writer may have stored, is in the table without a subscriber: its events wait until somebody mends it.
 */
import { compileFilter, type TriggerFilter } from '../filter/index.ts';
import { brokerClassAnnotation } from '../kinds/annotations.ts';
import { type BrokerLog, brokerClasses, brokerLogOf, groupIdStatus } from '../kinds/broker/classes.ts';
import { type Broker, isBroker } from '../kinds/broker/types.ts';
import { isAsynchronous, isInMemoryChannel } from '../kinds/in-memory-channel/types.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { Trigger } from '../kinds/trigger/types.ts';
import type { Resource } from '../resource.ts';
import type { LogBacking } from './backing.ts';
import { backingOfBroker, channelOfBroker } from './broker-backing.ts';
import { subscriptionRoutes } from './build-channel.ts';
import type { RouteContext } from './build-context.ts';
import {
  byPlace,
  deadLetterSinkOf,
  deliveryOf,
  hostsOf,
  retentionOf,
  routeDelivery,
  routeSettings,
  settingsOf,
  targetOf,
} from './build-subscription.ts';
import { brokerOfChannel, channelRootHosts } from './channel-address.ts';
import { kafkaName, triggerConsumer } from './log-names.ts';
import type { LogRoute, SubscriptionRoute } from './table.ts';

/** Where a Broker is reached inside a cluster; the path is the same. */
export const brokerIngressHost = 'broker-ingress.knative-eventing.svc.cluster.local';

/** Where Brokers of some classes are reached in a cluster, besides: with the same path. */
export const classIngressHosts: { readonly [log in BrokerLog]?: string } = {
  kafka: 'kafka-broker-ingress.knative-eventing.svc.cluster.local',
  jetstream: 'nats-broker-ingress.knative-eventing.svc.cluster.local',
};

/** All classes that there is code for. */
export const brokerClassesDefault: readonly string[] = brokerClasses;

/**
 * The filters when there are any, else the attributes, else nothing: what decides, and only that. Undefined when it cannot
 * be read.
 */
function filterOf({ filters, filter }: Trigger['spec']): TriggerFilter | undefined {
  // Not trusted to have the shape of its type: see the head of this file.
  const list: unknown = filters ?? [];
  const legacy: unknown = filter ?? {};
  if (!Array.isArray(list) || !isFields(legacy)) return undefined;
  const attributes = (legacy['attributes'] ?? {}) as NonNullable<TriggerFilter['attributes']>;
  if (list.length > 0) return { filters: list };
  return isFields(attributes) && Object.keys(attributes).length === 0 ? {} : { attributes };
}

/** By the spec it is of, which is never changed in place: a table is built for every change of any object. */
const readFilters = new WeakMap<object, TriggerFilter | undefined>();

/** R3. A filter that does not compile would pass nothing, and every event would count as not wanted. */
function readFilter(spec: Trigger['spec']): TriggerFilter | undefined {
  if (readFilters.has(spec)) return readFilters.get(spec);
  const filter = filterOf(spec);
  const readable = filter !== undefined && compileFilter(filter).kind === 'ok' ? filter : undefined;
  readFilters.set(spec, readable);
  return readable;
}

/** The name of a Trigger's cursor where it is not its UID: a consumer group once made stays the Trigger's (section 11.1). */
function cursorNameOf(trigger: Trigger, backing: LogBacking | undefined, context: RouteContext): string | undefined {
  const { namespace = '', name, uid = '' } = trigger.metadata;
  if (backing?.kind === 'jetstream') return triggerConsumer(uid);
  if (backing?.kind !== 'kafka') return undefined;
  const kept = trigger.status?.annotations?.[groupIdStatus] ?? '';
  return kept === '' ? kafkaName('trigger', { namespace, name }, context.read) : kept;
}

function triggerRoute(
  trigger: Trigger,
  broker: Broker,
  backing: LogBacking | undefined,
  context: RouteContext,
): SubscriptionRoute {
  const { namespace = '', name, uid = '', generation = 0 } = trigger.metadata;
  const { subscriberUri, subscriberCACerts, subscriberAudience } = trigger.status ?? {};
  const settings = settingsOf(trigger);
  const delivery = deliveryOf(
    { spec: trigger.spec.delivery, deadLetterSink: deadLetterSinkOf(trigger.status) },
    { spec: broker.spec?.delivery, deadLetterSink: deadLetterSinkOf(broker.status) },
  );
  const filter = readFilter(trigger.spec);
  const isReadable = settings.readable && delivery.policy !== undefined && filter !== undefined;
  const subscriber = isReadable ? targetOf(subscriberUri, subscriberCACerts, subscriberAudience) : undefined; // R3
  const cursorName = cursorNameOf(trigger, backing, context);
  return {
    uid,
    kind: 'Trigger',
    ...(cursorName === undefined ? {} : { cursorName }),
    namespace,
    name,
    revision: generation,
    // Of what cannot be read every event waits.
    filter: filter ?? {},
    ...(subscriber === undefined ? {} : { subscriber }),
    replyLogUid: broker.metadata.uid ?? '',
    ...routeDelivery(delivery),
    ...routeSettings(settings),
  };
}

/** Whether a Broker is of a class that runs here. */
export function runsHere(broker: Broker, { options }: Pick<RouteContext, 'options'>): boolean {
  const brokerClass = broker.metadata.annotations?.[brokerClassAnnotation] ?? '';
  return (options.brokerClasses ?? brokerClassesDefault).includes(brokerClass);
}

/** Undefined: no Broker, or of a class that is somebody else's, or it cannot be said where its events live. */
export function brokerRoute(resource: Resource, context: RouteContext): LogRoute | undefined {
  if (!isBroker(resource) || !runsHere(resource, context)) return undefined;
  const found = backingOfBroker(resource, context);
  if (found.kind === 'error') return undefined;
  const { namespace = '', name, uid = '' } = resource.metadata;
  const backing = found.value;
  const log = brokerLogOf(resource);
  const classHost = log === undefined ? undefined : classIngressHosts[log];
  const usual = [
    ...(context.options.ingressHosts ?? [brokerIngressHost]),
    ...(classHost === undefined ? [] : [classHost]),
  ];
  // The Broker answers for the channel it is made of, and serves who subscribed to that.
  const channel = log === 'channel' ? channelOfBroker(resource, context) : undefined;
  const isOwnChannel = channel !== undefined && brokerOfChannel(channel, context.read)?.metadata.uid === uid;
  const waits = isOwnChannel && isInMemoryChannel(channel) && !isAsynchronous(channel);
  return {
    uid,
    kind: 'Broker',
    namespace,
    name,
    path: `/${namespace}/${name}`,
    hosts: hostsOf(resource, usual),
    ...(isOwnChannel ? { rootHosts: channelRootHosts(channel) } : {}),
    ...(waits ? { accepts: 'delivered' as const } : {}),
    ...(backing === undefined ? {} : { backing }),
    retention: retentionOf(resource),
    subscriptions: [
      ...context.triggersOf(namespace, name).map((trigger) => triggerRoute(trigger, resource, backing, context)),
      ...(isOwnChannel ? subscriptionRoutes(channel, backing, context) : []),
    ].sort(byPlace), // R2
  };
}
