/** The status of a Broker after a plan. Pure. */
import { type Broker, type BrokerLog, brokerConditionSetOf, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfBroker(broker: Broker, log: BrokerLog, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(broker, brokerConditionSetOf(log), plan, nowMs);
}
