/** The reconciler of NatsJetStreamChannels. */
import { natsJetStreamChannelConditionSet, natsJetStreamChannelKind } from '@millrace/api';
import { channelReconciler } from '../channelable/reconcile.ts';
import { planNatsJetStreamChannel } from './plan.ts';

export const natsJetStreamChannelReconciler = channelReconciler({
  kind: natsJetStreamChannelKind,
  conditionSet: natsJetStreamChannelConditionSet,
  plan: planNatsJetStreamChannel,
});
