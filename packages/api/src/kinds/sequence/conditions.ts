/** Conditions of a Sequence. What is not ready yet is Unknown: reference section 2.4. */
import { livingConditionSet } from '../conditions.ts';
import { addressableCondition, eventPoliciesReadyCondition } from '../shared/conditions.ts';
import { channelsReadyCondition, flowMarks, subscriptionsReadyCondition } from '../shared/flow-conditions.ts';

export const sequenceConditionSet = livingConditionSet(
  channelsReadyCondition,
  subscriptionsReadyCondition,
  addressableCondition,
  eventPoliciesReadyCondition,
);

export const sequenceMarks = flowMarks('Unknown');
