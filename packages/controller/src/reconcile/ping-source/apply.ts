/** Makes a plan for a PingSource true: nothing but its status is ours to write. */
import type { PingSource } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfPingSource } from './status.ts';

export function applyPingSource(pingSource: PingSource, plan: StatusPlan, context: ReconcileContext): Promise<void> {
  return writeStatus(pingSource, statusOfPingSource(pingSource, plan, context.nowMs), context);
}
