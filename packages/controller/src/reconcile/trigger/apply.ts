/** Makes a plan for a Trigger true: nothing but its status is ours to write. */
import type { Trigger } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfTrigger } from './status.ts';

export function applyTrigger(trigger: Trigger, plan: StatusPlan, context: ReconcileContext): Promise<void> {
  return writeStatus(trigger, statusOfTrigger(trigger, plan, context.nowMs), context);
}
