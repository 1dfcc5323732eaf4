/** Conditions of a Parallel. What is not ready is False: reference section 2.4. */
import { livingConditionSet } from '../conditions.ts';
import { addressableCondition, eventPoliciesReadyCondition } from '../shared/conditions.ts';
import { channelsReadyCondition, flowMarks, subscriptionsReadyCondition } from '../shared/flow-conditions.ts';

export const parallelConditionSet = livingConditionSet(
  channelsReadyCondition,
  subscriptionsReadyCondition,
  addressableCondition,
  eventPoliciesReadyCondition,
);

export const parallelMarks = flowMarks('False');
