/** Rules of the Subscription. Source: reference section 1.6. */
import type { Destination } from '../../delivery/index.ts';
import { triggerAnnotations, validateAnnotations } from '../annotations.ts';
import { disallowedField, type FieldError, immutableFields, missingField } from '../field-error.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateDestination, validateReference } from '../shared/destination.ts';
import { fieldsOf, shortDiff } from '../shared/objects.ts';
import type { Subscription, SubscriptionSpec } from './types.ts';

function isEmpty(value: object | undefined): boolean {
  return value === undefined || Object.values(value).every((member) => member === undefined || member === '');
}

function missing(field: string, details: string): FieldError {
  return { ...missingField(['spec', field]), details };
}

/** A channel is in the Subscription's own namespace, always: to say so is refused, as in Knative. */
function validateChannelReference(
  channel: SubscriptionSpec['channel'] & { readonly namespace?: string },
): FieldError[] {
  const errors = validateReference(channel, ['spec', 'channel']);
  if ((channel.namespace ?? '') === '') return errors;
  const details = 'only name, apiVersion and kind are supported fields';
  return [...errors, disallowedField([['spec', 'channel', 'namespace']], details)];
}

function validateSubscriber(subscriber: Destination | undefined): FieldError[] {
  return subscriber === undefined || isEmpty(subscriber)
    ? [missing('subscriber', 'the Subscription must reference a subscriber')]
    : validateDestination(subscriber, ['spec', 'subscriber']);
}

export function validateSubscription({ metadata, spec }: Subscription): FieldError[] {
  const { channel, subscriber, reply, delivery }: Partial<SubscriptionSpec> = spec ?? {};
  return [
    ...(channel === undefined || isEmpty(channel)
      ? [missing('channel', 'the Subscription must reference a channel')]
      : validateChannelReference(channel)),
    ...validateSubscriber(subscriber),
    ...(reply === undefined || isEmpty(reply) ? [] : validateDestination(reply, ['spec', 'reply'])),
    ...validateDelivery(delivery, ['spec', 'delivery']),
    ...validateAnnotations(metadata.annotations, triggerAnnotations),
  ];
}

/** A Subscription stays with its channel: its cursor is a position on that channel's log. */
export function validateSubscriptionUpdate(before: Subscription, after: Subscription): FieldError[] {
  const channelOf = (spec: unknown): unknown => fieldsOf(spec)['channel'];
  const diff = shortDiff(channelOf(before.spec), channelOf(after.spec), 'spec.channel');
  return diff === '' ? [] : [immutableFields([['spec']], diff)];
}
