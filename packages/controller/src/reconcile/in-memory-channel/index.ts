/** The reconciler of InMemoryChannels. */
import { inMemoryChannelConditionSet, inMemoryChannelKind } from '@millrace/api';
import { channelReconciler } from '../channelable/reconcile.ts';
import { planInMemoryChannel } from './plan.ts';

export const inMemoryChannelReconciler = channelReconciler({
  kind: inMemoryChannelKind,
  conditionSet: inMemoryChannelConditionSet,
  plan: planInMemoryChannel,
});
