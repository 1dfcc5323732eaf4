/** The reconciler of Triggers. */
import { apiVersionOf, isTrigger, triggerKind } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyTrigger } from './apply.ts';
import { observeTrigger } from './observe.ts';
import { planTrigger } from './plan.ts';

export const triggerReconciler: Reconciler = {
  apiVersion: apiVersionOf(triggerKind.group, triggerKind.storageVersion),
  kind: triggerKind.kind,
  async reconcile(object, context) {
    if (!isTrigger(object)) return;
    const plan = planTrigger(observeTrigger(object, context));
    if (plan !== undefined) await applyTrigger(object, plan, context);
  },
};
