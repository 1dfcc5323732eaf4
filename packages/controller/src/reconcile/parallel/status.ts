/** The status of a Parallel after a plan. Pure. */
import { type Parallel, parallelConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfParallel(parallel: Parallel, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(parallel, parallelConditionSet, plan, nowMs);
}
