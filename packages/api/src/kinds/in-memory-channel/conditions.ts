/** Conditions of an InMemoryChannel. Source: reference section 2.3. `Durable` is ours and no part of `Ready`. */
import { type ConditionMark, livingConditionSet, markFalse } from '../conditions.ts';
import {
  channelServiceReadyCondition,
  endpointsReadyCondition,
  serviceReadyCondition,
} from '../shared/channel-conditions.ts';
import {
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
} from '../shared/conditions.ts';

export const inMemoryChannelConditionSet = livingConditionSet(
  serviceReadyCondition,
  endpointsReadyCondition,
  channelServiceReadyCondition,
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
);

/** Marks that only InMemoryChannels have. */
export const inMemoryChannelMarks = {
  notDurable: (): ConditionMark =>
    markFalse(
      'Durable',
      'InMemory',
      'Events are in memory and gone when the process ends; a LogChannel (messaging.millrace.dev/v1alpha1) keeps them.',
    ),
};
