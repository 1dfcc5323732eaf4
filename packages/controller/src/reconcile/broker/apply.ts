/** Makes a plan for a Broker true: its status. Its channel and its log were made before. */
import type { Broker, BrokerLog } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfBroker } from './status.ts';

export function applyBroker(
  broker: Broker,
  log: BrokerLog,
  plan: StatusPlan,
  context: ReconcileContext,
): Promise<void> {
  return writeStatus(broker, statusOfBroker(broker, log, plan, context.nowMs), context);
}
