/** The reconciler of Parallels. */
import { apiVersionOf, isParallel, parallelKind } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyParallel } from './apply.ts';
import { observeParallel } from './observe.ts';
import { planParallel } from './plan.ts';

export const parallelReconciler: Reconciler = {
  apiVersion: apiVersionOf(parallelKind.group, parallelKind.storageVersion),
  kind: parallelKind.kind,
  async reconcile(object, context) {
    if (!isParallel(object)) return;
    await applyParallel(object, planParallel(observeParallel(object, context)), context);
  },
};
