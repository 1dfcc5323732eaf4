/** Makes a plan for a KnativeService true: nothing but its status is ours to write. */
import type { KnativeService } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfKnativeService } from './status.ts';

export function applyKnativeService(
  knativeService: KnativeService,
  plan: StatusPlan,
  context: ReconcileContext,
): Promise<void> {
  return writeStatus(knativeService, statusOfKnativeService(knativeService, plan, context.nowMs), context);
}
