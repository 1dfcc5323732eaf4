/** Conditions of a Trigger. Source: reference section 2.2. */

import type { Condition } from '../../resource.ts';
import {
  type ConditionMark,
  findCondition,
  livingConditionSet,
  markFalse,
  markTrue,
  markUnknown,
  READY,
} from '../conditions.ts';
import { DEAD_LETTER_SINK_RESOLVED, OIDC_IDENTITY_CREATED } from '../shared/conditions.ts';

export const BROKER_READY = 'BrokerReady';
export const SUBSCRIPTION_READY = 'SubscriptionReady';
export const DEPENDENCY_READY = 'DependencyReady';
export const SUBSCRIBER_RESOLVED = 'SubscriberResolved';

export const triggerConditionSet = livingConditionSet(
  BROKER_READY,
  DEPENDENCY_READY,
  SUBSCRIBER_RESOLVED,
  DEAD_LETTER_SINK_RESOLVED,
  SUBSCRIPTION_READY,
  OIDC_IDENTITY_CREATED,
);

/** A condition that follows another object's `Ready`. */
function follow(type: string, other: readonly Condition[] | undefined, notYet: ConditionMark): ConditionMark {
  const ready = findCondition(other, READY);
  if (ready === undefined) return notYet;
  if (ready.status === 'True') return markTrue(type);
  const mark = ready.status === 'False' ? markFalse : markUnknown;
  return mark(type, ready.reason ?? '', ready.message ?? '');
}

/** Marks that only Triggers have. The subscription is the Trigger's cursor on the Broker's log. */
export const triggerMarks = {
  brokerDoesNotExist: (name: string): ConditionMark =>
    markFalse(BROKER_READY, 'BrokerDoesNotExist', `Broker ${JSON.stringify(name)} does not exist`),
  brokerGetFailed: (why: string): ConditionMark => markFalse(BROKER_READY, 'FailedToGetBroker', why),
  /** Copies what the Broker's own `Ready` says. */
  broker: (conditions: readonly Condition[] | undefined): ConditionMark =>
    follow(
      BROKER_READY,
      conditions,
      markUnknown(BROKER_READY, 'BrokerNotConfigured', 'Broker has not yet been reconciled.'),
    ),
  subscribed: (): ConditionMark => markTrue(SUBSCRIPTION_READY),
  notSubscribed: (why: string): ConditionMark => markFalse(SUBSCRIPTION_READY, 'NotSubscribed', why),
  subscriptionNotConfigured: (): ConditionMark =>
    markUnknown(SUBSCRIPTION_READY, 'SubscriptionNotConfigured', 'Subscription has not yet been reconciled.'),
  noDependency: (): ConditionMark => markTrue(DEPENDENCY_READY),
  /** Copies what the `Ready` of the object in `knative.dev/dependency` says. */
  dependency: (conditions: readonly Condition[] | undefined): ConditionMark =>
    follow(
      DEPENDENCY_READY,
      conditions,
      markUnknown(DEPENDENCY_READY, 'DependencyNotConfigured', 'Dependency has not yet been reconciled.'),
    ),
  dependencyDoesNotExist: (why: string): ConditionMark => markFalse(DEPENDENCY_READY, 'DependencyDoesNotExist', why),
  dependencyGetFailed: (why: string): ConditionMark => markFalse(DEPENDENCY_READY, 'DependencyGetFailed', why),
  dependencyReferenceError: (why: string): ConditionMark => markFalse(DEPENDENCY_READY, 'ReferenceError', why),
  dependencyNotCurrent: (why: string): ConditionMark => markUnknown(DEPENDENCY_READY, 'GenerationNotEqual', why),
  subscriberResolved: (): ConditionMark => markTrue(SUBSCRIBER_RESOLVED),
  subscriberUnresolved: (why: string): ConditionMark =>
    markFalse(SUBSCRIBER_RESOLVED, "Unable to get the Subscriber's URI", why),
  brokerDeadLetterSinkUnresolved: (broker: string): ConditionMark =>
    markFalse(
      DEAD_LETTER_SINK_RESOLVED,
      `Broker ${broker} didn't set status.deadLetterSinkURI`,
      'The dead letter sink of the Broker is not resolved.',
    ),
};
