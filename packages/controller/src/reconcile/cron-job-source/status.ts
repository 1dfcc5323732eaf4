/** The status of a CronJobSource after a plan. Pure. */
import { type CronJobSource, cronJobSourceConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfCronJobSource(cronJobSource: CronJobSource, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(cronJobSource, cronJobSourceConditionSet, plan, nowMs);
}
