/** Makes a plan for a KafkaSink true: its status. Its topic was made before. */
import type { KafkaSink } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfKafkaSink } from './status.ts';

export function applyKafkaSink(sink: KafkaSink, plan: StatusPlan, context: ReconcileContext): Promise<void> {
  return writeStatus(sink, statusOfKafkaSink(sink, plan, context.nowMs), context);
}
