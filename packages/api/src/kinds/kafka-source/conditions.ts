/** Conditions of a KafkaSource. Source: reference section 2.5. The consumer group is its cursors on the topics. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import { sinkProvidedCondition } from '../shared/conditions.ts';

const consumerGroupCondition = 'ConsumerGroup';

export const kafkaSourceConditionSet = livingConditionSet(sinkProvidedCondition, consumerGroupCondition);

export const kafkaSourceMarks = {
  /** `note`: what a person should know although it works. */
  consuming: (note = ''): ConditionMark =>
    note === '' ? markTrue(consumerGroupCondition) : markTrue(consumerGroupCondition, 'Consuming', note),
  resting: (): ConditionMark =>
    markTrue(consumerGroupCondition, 'Paused', 'spec.consumers is 0: records wait in their topics.'),
  /** A cursor cannot go on by itself. */
  stalled: (why: string): ConditionMark => markFalse(consumerGroupCondition, 'DeliveryStalled', why),
  notServed: (): ConditionMark =>
    markUnknown(consumerGroupCondition, 'ConsumerGroupNotReady', 'The topics are not open yet.'),
  authFailed: (why: string): ConditionMark => markFalse(consumerGroupCondition, 'AuthenticationNotProvided', why),
  topicFailed: (reason: string, why: string): ConditionMark => markFalse(consumerGroupCondition, reason, why),
  topicUnknown: (reason: string, why: string): ConditionMark => markUnknown(consumerGroupCondition, reason, why),
  deadLetterSinkUnresolved: (why: string): ConditionMark =>
    markFalse(consumerGroupCondition, "Unable to get the dead letter sink's URI", why),
};
