/** The reconciler of EventTypes. */
import { apiVersionOf, eventTypeKind, isEventType } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyEventType } from './apply.ts';
import { observeEventType } from './observe.ts';
import { planEventType } from './plan.ts';

export const eventTypeReconciler: Reconciler = {
  apiVersion: apiVersionOf(eventTypeKind.group, eventTypeKind.storageVersion),
  kind: eventTypeKind.kind,
  async reconcile(object, context) {
    if (!isEventType(object)) return;
    await applyEventType(object, planEventType(observeEventType(object, context)), context);
  },
};
