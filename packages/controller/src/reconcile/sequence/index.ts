/** The reconciler of Sequences. */
import { apiVersionOf, isSequence, sequenceKind } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applySequence } from './apply.ts';
import { observeSequence } from './observe.ts';
import { planSequence } from './plan.ts';

export const sequenceReconciler: Reconciler = {
  apiVersion: apiVersionOf(sequenceKind.group, sequenceKind.storageVersion),
  kind: sequenceKind.kind,
  async reconcile(object, context) {
    if (!isSequence(object)) return;
    await applySequence(object, planSequence(observeSequence(object, context)), context);
  },
};
