/** The status of a EventType after a plan. Pure. */
import { type EventType, eventTypeConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfEventType(eventType: EventType, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(eventType, eventTypeConditionSet, plan, nowMs);
}
