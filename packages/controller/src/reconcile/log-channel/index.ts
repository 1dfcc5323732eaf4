/** The reconciler of LogChannels. */
import { logChannelConditionSet, logChannelKind } from '@millrace/api';
import { channelReconciler } from '../channelable/reconcile.ts';
import { planLogChannel } from './plan.ts';

export const logChannelReconciler = channelReconciler({
  kind: logChannelKind,
  conditionSet: logChannelConditionSet,
  plan: planLogChannel,
});
