/** The reconciler of Channels. */
import { apiVersionOf, channelKind, isChannel } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyGenericChannel } from './apply.ts';
import { observeGenericChannel } from './observe.ts';
import { planGenericChannel } from './plan.ts';

export const channelReconciler: Reconciler = {
  apiVersion: apiVersionOf(channelKind.group, channelKind.storageVersion),
  kind: channelKind.kind,
  async reconcile(object, context) {
    if (!isChannel(object)) return;
    await applyGenericChannel(object, planGenericChannel(observeGenericChannel(object, context)), context);
  },
};
