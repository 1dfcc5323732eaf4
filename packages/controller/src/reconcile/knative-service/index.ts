/** The reconciler of KnativeServices. */
import { apiVersionOf, isKnativeService, knativeServiceKind } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyKnativeService } from './apply.ts';
import { observeKnativeService } from './observe.ts';
import { planKnativeService } from './plan.ts';

export const knativeServiceReconciler: Reconciler = {
  apiVersion: apiVersionOf(knativeServiceKind.group, knativeServiceKind.storageVersion),
  kind: knativeServiceKind.kind,
  async reconcile(object, context) {
    if (!isKnativeService(object)) return;
    await applyKnativeService(object, planKnativeService(observeKnativeService(object, context)), context);
  },
};
