/** The status of a Sequence after a plan. Pure. */
import { type Sequence, type Status, sequenceConditionSet } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfSequence(sequence: Sequence, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(sequence, sequenceConditionSet, plan, nowMs);
}
