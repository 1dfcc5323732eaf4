/**
 * Conditions of what takes events for a Kafka topic: Brokers of class Kafka, KafkaSinks. Reasons and texts: reference
 * section 2.5. The data plane, its configuration and its probe are one process here: what the three conditions say is
 * whether it serves the log.
 */
import { type ConditionMark, markFalse, markTrue, markUnknown } from '../conditions.ts';

const configParsedCondition = 'ConfigParsed';
const topicReadyCondition = 'TopicReady';
const configMapUpdatedCondition = 'ConfigMapUpdated';
const dataPlaneAvailableCondition = 'DataPlaneAvailable';
const probeSucceededCondition = 'ProbeSucceeded';

/** In the order in which they decide: causes before consequences. */
export const kafkaReceiverConditions: readonly string[] = [
  configParsedCondition,
  topicReadyCondition,
  configMapUpdatedCondition,
  dataPlaneAvailableCondition,
  probeSucceededCondition,
];

export const kafkaMarks = {
  configParsed: (): ConditionMark => markTrue(configParsedCondition),
  configNotParsed: (reason: string, why: string): ConditionMark => markFalse(configParsedCondition, reason, why),
  /** `warnings`: what cannot be seen to be safe; it serves all the same. */
  topicReady: (topic: string, warnings: readonly string[] = []): ConditionMark =>
    markTrue(topicReadyCondition, `Topic ${topic} created`, warnings.join(' ')),
  topicFailed: (reason: string, why: string): ConditionMark => markFalse(topicReadyCondition, reason, why),
  topicUnknown: (reason: string, why: string): ConditionMark => markUnknown(topicReadyCondition, reason, why),
  /** What the data plane needs to know is in the routing table. */
  served: (): readonly ConditionMark[] => [
    markTrue(configMapUpdatedCondition),
    markTrue(dataPlaneAvailableCondition),
    markTrue(probeSucceededCondition),
  ],
  notServed: (): readonly ConditionMark[] => [
    markTrue(configMapUpdatedCondition),
    markTrue(dataPlaneAvailableCondition),
    markUnknown(probeSucceededCondition, 'ProbeStatus', 'The log is not open yet.'),
  ],
};
