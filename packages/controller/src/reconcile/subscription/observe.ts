/** What a Subscription's plan depends on. */
import {
  type ConcreteChannel,
  type Destination,
  isConcreteChannel,
  type ResolvedChannel,
  resolveChannel,
  type Subscription,
} from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface SubscriptionObservation {
  readonly subscription: Subscription;
  readonly channelRef: ResolvedChannel;
  /** The channel that holds the events; absent: not there, or no channel. */
  readonly channel: ConcreteChannel | undefined;
  readonly subscriber: Resolution;
  /** Absent: none is named. */
  readonly reply?: Resolution;
  /** Absent: the Subscription names none of its own. */
  readonly deadLetterSink?: Resolution;
}

function isNamed(destination: Destination | undefined): destination is Destination {
  return destination !== undefined && (destination.ref !== undefined || (destination.uri ?? '') !== '');
}

export function observeSubscription(subscription: Subscription, context: ReconcileContext): SubscriptionObservation {
  const { metadata, spec } = subscription;
  const { namespace = 'default' } = metadata;
  const channelRef = resolveChannel(subscription, context.read);
  const found = channelRef.kind === 'channel' ? context.read(channelRef.ref) : undefined;
  const resolve = (destination: Destination | undefined) =>
    resolveDestination(destination, { read: context.read, namespace, baseUrl: context.options.baseUrl });
  const sink = spec.delivery?.deadLetterSink;
  return {
    subscription,
    channelRef,
    channel: found !== undefined && isConcreteChannel(found) ? found : undefined,
    subscriber: resolve(spec.subscriber),
    ...(isNamed(spec.reply) ? { reply: resolve(spec.reply) } : {}),
    ...(sink === undefined ? {} : { deadLetterSink: resolve(sink) }),
  };
}
