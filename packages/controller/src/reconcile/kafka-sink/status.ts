/** The status of a KafkaSink after a plan. Pure. */
import { type KafkaSink, kafkaSinkConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfKafkaSink(sink: KafkaSink, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(sink, kafkaSinkConditionSet, plan, nowMs);
}
