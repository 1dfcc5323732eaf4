/** Conditions of a LogChannel: ours, in the manner of the other channels. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import {
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
} from '../shared/conditions.ts';

const logReadyCondition = 'LogReady';

export const logChannelConditionSet = livingConditionSet(
  logReadyCondition,
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
);

/** Marks that only LogChannels have. */
export const logChannelMarks = {
  /** `warnings`: what cannot be seen to be safe; it serves all the same. */
  logReady: (warnings: readonly string[] = []): ConditionMark => markTrue(logReadyCondition, '', warnings.join(' ')),
  logNotOpen: (): ConditionMark =>
    markUnknown(logReadyCondition, 'LogNotOpen', 'The log of the channel is not open yet.'),
  logRefused: (reason: string, why: string): ConditionMark => markFalse(logReadyCondition, reason, why),
  logUnreachable: (reason: string, why: string): ConditionMark => markUnknown(logReadyCondition, reason, why),
};
