/** Conditions of a Trigger. Source: reference section 2.2. */

import type { Condition } from '../../resource.ts';
import {
  type ConditionMark,
  findCondition,
  livingConditionSet,
  markFalse,
  markTrue,
  markUnknown,
  readyCondition,
} from '../conditions.ts';
import { deadLetterSinkResolvedCondition, oidcIdentityCreatedCondition } from '../shared/conditions.ts';

const brokerReadyCondition = 'BrokerReady';
const subscriptionReadyCondition = 'SubscriptionReady';
const dependencyReadyCondition = 'DependencyReady';
const subscriberResolvedCondition = 'SubscriberResolved';

export const triggerConditionSet = livingConditionSet(
  brokerReadyCondition,
  dependencyReadyCondition,
  subscriberResolvedCondition,
  deadLetterSinkResolvedCondition,
  subscriptionReadyCondition,
  oidcIdentityCreatedCondition,
);

/** A condition that follows another object's `Ready`. */
function follow(type: string, other: readonly Condition[] | undefined, notYet: ConditionMark): ConditionMark {
  const ready = findCondition(other, readyCondition);
  if (ready === undefined) return notYet;
  if (ready.status === 'True') return markTrue(type);
  const mark = ready.status === 'False' ? markFalse : markUnknown;
  return mark(type, ready.reason ?? '', ready.message ?? '');
}

/** Marks that only Triggers have. The subscription is the Trigger's cursor on the Broker's log. */
export const triggerMarks = {
  brokerDoesNotExist: (name: string): ConditionMark =>
    markFalse(brokerReadyCondition, 'BrokerDoesNotExist', `Broker ${JSON.stringify(name)} does not exist`),
  brokerGetFailed: (why: string): ConditionMark => markFalse(brokerReadyCondition, 'FailedToGetBroker', why),
  /** Copies what the Broker's own `Ready` says. */
  broker: (conditions: readonly Condition[] | undefined): ConditionMark =>
    follow(
      brokerReadyCondition,
      conditions,
      markUnknown(brokerReadyCondition, 'BrokerNotConfigured', 'Broker has not yet been reconciled.'),
    ),
  subscribed: (): ConditionMark => markTrue(subscriptionReadyCondition),
  notSubscribed: (why: string): ConditionMark => markFalse(subscriptionReadyCondition, 'NotSubscribed', why),
  /** The cursor cannot go on by itself. */
  stalled: (why: string): ConditionMark => markFalse(subscriptionReadyCondition, 'DeliveryStalled', why),
  subscriptionNotConfigured: (): ConditionMark =>
    markUnknown(subscriptionReadyCondition, 'SubscriptionNotConfigured', 'Subscription has not yet been reconciled.'),
  noDependency: (): ConditionMark => markTrue(dependencyReadyCondition),
  /** Copies what the `Ready` of the object in `knative.dev/dependency` says. */
  dependency: (conditions: readonly Condition[] | undefined): ConditionMark =>
    follow(
      dependencyReadyCondition,
      conditions,
      markUnknown(dependencyReadyCondition, 'DependencyNotConfigured', 'Dependency has not yet been reconciled.'),
    ),
  dependencyDoesNotExist: (why: string): ConditionMark =>
    markFalse(dependencyReadyCondition, 'DependencyDoesNotExist', why),
  dependencyGetFailed: (why: string): ConditionMark => markFalse(dependencyReadyCondition, 'DependencyGetFailed', why),
  dependencyReferenceError: (why: string): ConditionMark => markFalse(dependencyReadyCondition, 'ReferenceError', why),
  dependencyNotCurrent: (why: string): ConditionMark =>
    markUnknown(dependencyReadyCondition, 'GenerationNotEqual', why),
  subscriberResolved: (): ConditionMark => markTrue(subscriberResolvedCondition),
  subscriberUnresolved: (why: string): ConditionMark =>
    markFalse(subscriberResolvedCondition, "Unable to get the Subscriber's URI", why),
  brokerDeadLetterSinkUnresolved: (broker: string): ConditionMark =>
    markFalse(
      deadLetterSinkResolvedCondition,
      `Broker ${broker} didn't set status.deadLetterSinkURI`,
      'The dead letter sink of the Broker is not resolved.',
    ),
};
