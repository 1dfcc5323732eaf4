/** Conditions of a KafkaSink. Source: reference section 2.5. */
import { livingConditionSet } from '../conditions.ts';
import { addressableCondition, eventPoliciesReadyCondition } from '../shared/conditions.ts';
import { kafkaReceiverConditions } from '../shared/kafka-conditions.ts';

export const kafkaSinkConditionSet = livingConditionSet(
  ...kafkaReceiverConditions,
  addressableCondition,
  eventPoliciesReadyCondition,
);
