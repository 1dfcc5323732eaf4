/** Makes a plan for a EventType true: nothing but its status is ours to write. */
import type { EventType } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfEventType } from './status.ts';

export function applyEventType(eventType: EventType, plan: StatusPlan, context: ReconcileContext): Promise<void> {
  return writeStatus(eventType, statusOfEventType(eventType, plan, context.nowMs), context);
}
