/** Conditions of an EventType. Source: reference section 2.5. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue } from '../conditions.ts';

export const REFERENCE_EXISTS = 'ReferenceExists';

export const eventTypeConditionSet = livingConditionSet(REFERENCE_EXISTS);

export const eventTypeMarks = {
  referenceExists: (): ConditionMark => markTrue(REFERENCE_EXISTS),
  referenceNotSet: (): ConditionMark => markTrue(REFERENCE_EXISTS, 'ReferenceNotSet', 'No reference is set.'),
  resourceDoesNotExist: (why: string): ConditionMark => markFalse(REFERENCE_EXISTS, 'ResourceDoesNotExist', why),
  referenceGetFailed: (why: string): ConditionMark => markFalse(REFERENCE_EXISTS, 'ReferenceGetFailed', why),
};
