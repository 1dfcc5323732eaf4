/** Makes a plan for a KafkaSource true: nothing but its status is ours to write. */
import type { KafkaSource } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfKafkaSource } from './status.ts';

export function applyKafkaSource(source: KafkaSource, plan: StatusPlan, context: ReconcileContext): Promise<void> {
  return writeStatus(source, statusOfKafkaSource(source, plan, context.nowMs), context);
}
