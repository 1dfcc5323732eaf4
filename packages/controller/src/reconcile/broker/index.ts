/** The reconciler of Brokers. */
import { apiVersionOf, brokerKind, isBroker } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyBroker } from './apply.ts';
import { observeBroker } from './observe.ts';
import { planBroker } from './plan.ts';

export const brokerReconciler: Reconciler = {
  apiVersion: apiVersionOf(brokerKind.group, brokerKind.storageVersion),
  kind: brokerKind.kind,
  async reconcile(object, context) {
    if (!isBroker(object)) return;
    const plan = planBroker(observeBroker(object, context));
    if (plan !== undefined) await applyBroker(object, plan, context);
  },
};
