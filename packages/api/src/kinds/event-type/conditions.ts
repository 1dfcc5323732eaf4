/** Conditions of an EventType. Source: reference section 2.5. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue } from '../conditions.ts';

const referenceExistsCondition = 'ReferenceExists';

export const eventTypeConditionSet = livingConditionSet(referenceExistsCondition);

export const eventTypeMarks = {
  referenceExists: (): ConditionMark => markTrue(referenceExistsCondition),
  referenceNotSet: (): ConditionMark => markTrue(referenceExistsCondition, 'ReferenceNotSet', 'No reference is set.'),
  resourceDoesNotExist: (why: string): ConditionMark =>
    markFalse(referenceExistsCondition, 'ResourceDoesNotExist', why),
  referenceGetFailed: (why: string): ConditionMark => markFalse(referenceExistsCondition, 'ReferenceGetFailed', why),
};
