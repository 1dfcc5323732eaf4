/** Makes a plan for a Parallel true: its children, then its status. */
import { type Parallel, parallelMarks } from '@millrace/api';
import { writeChildren } from '../flow/apply.ts';
import type { FlowPlan } from '../flow/plan.ts';
import { type ReconcileContext, writeStatus } from '../reconciler.ts';
import { statusOfParallel } from './status.ts';

export async function applyParallel(parallel: Parallel, plan: FlowPlan, context: ReconcileContext): Promise<void> {
  const refused = await writeChildren(plan.writes, parallelMarks, context);
  const { fields } = plan;
  const status = statusOfParallel(parallel, { marks: [...plan.marks, ...refused], fields }, context.nowMs);
  await writeStatus(parallel, status, context);
  if (plan.lookAgainMs !== undefined) context.lookAgain(plan.lookAgainMs);
}
