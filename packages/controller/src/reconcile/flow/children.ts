/**
 * The channels and Subscriptions that a Sequence or a Parallel is made of.
 *
 * A Subscription is made with `millrace.dev/start: earliest`: what is in a new channel when its Subscription comes into
 * being was brought by the flow itself, and belongs to it.
 */
import {
  apiVersionOf,
  type ChannelTemplate,
  type ChildReference,
  type Condition,
  type DeliverySpec,
  type Destination,
  findCondition,
  formatTime,
  isCurrent,
  type Resource,
  readyCondition,
  splitApiVersion,
  startAnnotation,
} from '@millrace/api';
import { isObject, jsonEqual } from '../../store/json.ts';

export const subscriptionApiVersion = apiVersionOf('messaging.knative.dev', 'v1');

/** What is sent from one channel to one destination. */
export interface SubscriptionWish {
  readonly subscriber?: Destination;
  readonly reply?: Destination;
  readonly delivery?: DeliverySpec;
}

function isControlledBy(object: Resource, owner: Resource): boolean {
  return (object.metadata.ownerReferences ?? []).some(
    (reference) => reference.controller === true && reference.uid === owner.metadata.uid,
  );
}

/** The object if it is there, is the owner's own, and is not on its way out. */
export function ownChild(object: Resource | undefined, owner: Resource): Resource | undefined {
  const isOwn = object !== undefined && isControlledBy(object, owner);
  return isOwn && object.metadata.deletionTimestamp === undefined ? object : undefined;
}

function childMetadata(name: string, owner: Resource): Resource['metadata'] {
  const { namespace, uid = '' } = owner.metadata;
  const { apiVersion, kind } = owner;
  return {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ownerReferences: [{ apiVersion, kind, name: owner.metadata.name, uid, controller: true, blockOwnerDeletion: true }],
  };
}

export function newChannel(name: string, template: ChannelTemplate, owner: Resource): Resource {
  const { apiVersion, kind, spec } = template;
  return { apiVersion, kind, metadata: childMetadata(name, owner), ...(spec === undefined ? {} : { spec }) };
}

/** @param start value of `millrace.dev/start`. */
export function newSubscription(
  name: string,
  channel: ChildReference,
  wish: SubscriptionWish,
  start: string,
  owner: Resource,
): Resource {
  const { apiVersion, kind, name: channelName } = channel;
  return {
    apiVersion: subscriptionApiVersion,
    kind: 'Subscription',
    metadata: { ...childMetadata(name, owner), annotations: { [startAnnotation]: start } },
    spec: { channel: { apiVersion, kind, name: channelName }, ...withoutUndefined(wish) },
  };
}

/** How far before the moment of its loss a Subscription begins again that somebody deleted: a little is sent twice. */
const restartSlackMs = 5_000;

/** Where a Subscription begins in place of one that was there and ready: not with all that its channel ever kept. */
export function restartAt(nowMs: number): string {
  return formatTime(nowMs - restartSlackMs);
}

/** The Subscription with another wish; undefined when it has that already. Its channel stays, and so does its cursor. */
export function changedSubscription(subscription: Resource, wish: SubscriptionWish): Resource | undefined {
  const spec = isObject(subscription.spec) ? subscription.spec : {};
  const { subscriber, reply, delivery, ...others } = spec;
  if (jsonEqual({ subscriber, reply, delivery }, withoutUndefined(wish))) return undefined;
  return { ...subscription, spec: { ...others, ...withoutUndefined(wish) } };
}

/** What a Subscription wishes now. */
export function wishOf(subscription: Resource): SubscriptionWish {
  const { subscriber, reply, delivery } = (isObject(subscription.spec) ? subscription.spec : {}) as SubscriptionWish;
  return withoutUndefined({ subscriber, reply, delivery });
}

/** The channel with the spec of the template laid over its own; undefined when it is of that form already. */
export function changedChannel(channel: Resource, template: ChannelTemplate): Resource | undefined {
  if (template.spec === undefined || covers(template.spec, channel.spec)) return undefined;
  return { ...channel, spec: { ...(isObject(channel.spec) ? channel.spec : {}), ...template.spec } };
}

/** Whether everything that is wanted is there; what is there besides (defaults, subscribers) plays no part. */
function covers(wanted: unknown, found: unknown): boolean {
  if (!isObject(wanted)) return jsonEqual(wanted, found);
  return isObject(found) && Object.entries(wanted).every(([name, value]) => covers(value, found[name]));
}

export function isOfTemplate({ apiVersion, kind }: ChildReference, template: ChannelTemplate): boolean {
  return kind === template.kind && splitApiVersion(apiVersion).group === splitApiVersion(template.apiVersion).group;
}

export function referenceTo(object: Resource): ChildReference {
  const { apiVersion, kind, metadata } = object;
  const { name, namespace } = metadata;
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** A destination that is an object in the flow's own namespace. */
export function destinationTo({ apiVersion, kind, namespace, name }: ChildReference): Destination {
  return { ref: { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) } };
}

export function urlOf(channel: Resource | undefined): string | undefined {
  const url = channel?.status?.address?.url ?? channel?.status?.addresses?.[0]?.url;
  return url === '' ? undefined : url;
}

/** The child's own `Ready`, of its present form. */
export function readyOf(child: Resource | undefined, what: string): Condition {
  const found = findCondition(child?.status?.conditions, readyCondition);
  if (child !== undefined && found !== undefined && isCurrent(child)) return found;
  const message = `${what} does not have Ready condition`;
  return { type: readyCondition, status: 'Unknown', reason: 'NoReady', message };
}

function withoutUndefined(wish: { readonly [Name in keyof SubscriptionWish]: SubscriptionWish[Name] | undefined }) {
  return Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) as SubscriptionWish;
}
