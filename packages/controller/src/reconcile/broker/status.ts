/** The status of a Broker after a plan. Pure. */
import { type Broker, brokerConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfBroker(broker: Broker, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(broker, brokerConditionSet, plan, nowMs);
}
