/** Conditions of a CronJobSource, as the kind had them in its last release. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue } from '../conditions.ts';
import { deployedCondition, sinkProvidedCondition } from '../shared/conditions.ts';

const validScheduleCondition = 'ValidSchedule';

export const cronJobSourceConditionSet = livingConditionSet(
  validScheduleCondition,
  sinkProvidedCondition,
  deployedCondition,
);

export const cronJobSourceMarks = {
  validSchedule: (): ConditionMark => markTrue(validScheduleCondition),
  invalidSchedule: (why: string): ConditionMark => markFalse(validScheduleCondition, 'Invalid', why),
};
