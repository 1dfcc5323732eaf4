/** The reconciler of KafkaChannels. */
import { kafkaChannelConditionSet, kafkaChannelKind } from '@millrace/api';
import { channelReconciler } from '../channelable/reconcile.ts';
import { planKafkaChannel } from './plan.ts';

export const kafkaChannelReconciler = channelReconciler({
  kind: kafkaChannelKind,
  conditionSet: kafkaChannelConditionSet,
  plan: planKafkaChannel,
});
