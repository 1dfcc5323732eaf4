/** The status of a PingSource after a plan. Pure. */
import { type PingSource, pingSourceConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfPingSource(pingSource: PingSource, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(pingSource, pingSourceConditionSet, plan, nowMs);
}
