/** The status of a KafkaSource after a plan. Pure. */
import { type KafkaSource, kafkaSourceConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfKafkaSource(source: KafkaSource, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(source, kafkaSourceConditionSet, plan, nowMs);
}
