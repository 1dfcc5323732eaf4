/** The status of a Channel after a plan. Pure. */
import { type Channel, channelConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfGenericChannel(channel: Channel, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(channel, channelConditionSet, plan, nowMs);
}
