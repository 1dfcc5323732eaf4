/** The status of a KnativeService after a plan. Pure. */
import { type KnativeService, knativeServiceConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfKnativeService(knativeService: KnativeService, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(knativeService, knativeServiceConditionSet, plan, nowMs);
}
