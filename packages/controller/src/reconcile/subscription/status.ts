/** The status of a Subscription after a plan. Pure. */
import { type Status, type Subscription, subscriptionConditionSet } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfSubscription(subscription: Subscription, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(subscription, subscriptionConditionSet, plan, nowMs);
}
