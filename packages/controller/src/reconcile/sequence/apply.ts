/** Makes a plan for a Sequence true: its children, then its status. */
import { type Sequence, sequenceMarks } from '@millrace/api';
import { writeChildren } from '../flow/apply.ts';
import type { FlowPlan } from '../flow/plan.ts';
import { type ReconcileContext, writeStatus } from '../reconciler.ts';
import { statusOfSequence } from './status.ts';

export async function applySequence(sequence: Sequence, plan: FlowPlan, context: ReconcileContext): Promise<void> {
  const refused = await writeChildren(plan.writes, sequenceMarks, context);
  const { fields } = plan;
  const status = statusOfSequence(sequence, { marks: [...plan.marks, ...refused], fields }, context.nowMs);
  await writeStatus(sequence, status, context);
  if (plan.lookAgainMs !== undefined) context.lookAgain(plan.lookAgainMs);
}
