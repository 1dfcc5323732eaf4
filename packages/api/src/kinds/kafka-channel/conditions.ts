/**
 * Conditions of a KafkaChannel. Source: reference section 2.5: `Addressable`, `ChannelServiceReady` and `EventPoliciesReady`
 * are written and no part of `Ready`. Those of its topic are shared with Brokers of class Kafka: `kafkaMarks`.
 */
import { type ConditionMark, livingConditionSet, markTrue, markUnknown } from '../conditions.ts';

const subscribersCondition = 'Subscribers';

export const kafkaChannelConditionSet = livingConditionSet(
  'ConfigParsed',
  'TopicReady',
  'ConfigMapUpdated',
  subscribersCondition,
  'ProbeSucceeded',
);

/** Marks that only KafkaChannels have. */
export const kafkaChannelMarks = {
  subscribersReady: (): ConditionMark => markTrue(subscribersCondition),
  subscribersNotReady: (why: string): ConditionMark => markUnknown(subscribersCondition, 'SubscribersNotReady', why),
};
