/** The Subscription: who gets the events of a channel. Source: reference sections 1.6 and 5.3. */
import type { DeliverySpec, Destination } from '../../delivery/index.ts';
import type { Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';

/** Names a channel of any kind, or a generic Channel, in the Subscription's namespace. */
export interface ChannelReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

export interface SubscriptionSpec {
  readonly channel: ChannelReference;
  readonly subscriber: Destination;
  /** Gets what the subscriber answers. */
  readonly reply?: Destination;
  readonly delivery?: DeliverySpec;
}

/** What a Subscription's destinations resolved to. */
export interface PhysicalSubscription {
  readonly subscriberUri?: string;
  readonly subscriberCACerts?: string;
  readonly subscriberAudience?: string;
  readonly replyUri?: string;
  readonly replyCACerts?: string;
  readonly replyAudience?: string;
  readonly deadLetterSinkUri?: string;
  readonly deadLetterSinkCACerts?: string;
  readonly deadLetterSinkAudience?: string;
}

export interface SubscriptionStatus extends Status {
  readonly physicalSubscription?: PhysicalSubscription;
}

export interface Subscription extends Resource {
  readonly kind: 'Subscription';
  readonly spec: SubscriptionSpec;
  readonly status?: SubscriptionStatus;
}

export function isSubscription(resource: Resource): resource is Subscription {
  return resource.kind === 'Subscription' && isOfGroup(resource.apiVersion, 'messaging.knative.dev');
}
