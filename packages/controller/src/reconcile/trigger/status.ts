/** The status of a Trigger after a plan. Pure. */
import { type Status, type Trigger, triggerConditionSet } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfTrigger(trigger: Trigger, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(trigger, triggerConditionSet, plan, nowMs);
}
