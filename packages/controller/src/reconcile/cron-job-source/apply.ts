/** Makes a plan for a CronJobSource true: nothing but its status is ours to write. */
import type { CronJobSource } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfCronJobSource } from './status.ts';

export function applyCronJobSource(
  cronJobSource: CronJobSource,
  plan: StatusPlan,
  context: ReconcileContext,
): Promise<void> {
  return writeStatus(cronJobSource, statusOfCronJobSource(cronJobSource, plan, context.nowMs), context);
}
