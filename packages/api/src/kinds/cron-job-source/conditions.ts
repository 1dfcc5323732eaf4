/** Conditions of a CronJobSource, as the kind had them in its last release. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue } from '../conditions.ts';
import { DEPLOYED, SINK_PROVIDED } from '../shared/conditions.ts';

export const VALID_SCHEDULE = 'ValidSchedule';

export const cronJobSourceConditionSet = livingConditionSet(VALID_SCHEDULE, SINK_PROVIDED, DEPLOYED);

export const cronJobSourceMarks = {
  validSchedule: (): ConditionMark => markTrue(VALID_SCHEDULE),
  invalidSchedule: (why: string): ConditionMark => markFalse(VALID_SCHEDULE, 'Invalid', why),
};
