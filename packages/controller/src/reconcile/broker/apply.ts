/** Makes a plan for a Broker true: nothing but its status is ours to write. */
import type { Broker } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfBroker } from './status.ts';

export function applyBroker(broker: Broker, plan: StatusPlan, context: ReconcileContext): Promise<void> {
  return writeStatus(broker, statusOfBroker(broker, plan, context.nowMs), context);
}
