/** The reconciler of PingSources. */
import { apiVersionOf, isPingSource, pingSourceKind } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyPingSource } from './apply.ts';
import { observePingSource } from './observe.ts';
import { planPingSource } from './plan.ts';

export const pingSourceReconciler: Reconciler = {
  apiVersion: apiVersionOf(pingSourceKind.group, pingSourceKind.storageVersion),
  kind: pingSourceKind.kind,
  async reconcile(object, context) {
    if (!isPingSource(object)) return;
    await applyPingSource(object, planPingSource(observePingSource(object, context)), context);
  },
};
