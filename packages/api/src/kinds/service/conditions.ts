/** A core Service has no conditions. */
import type { ConditionSet } from '../conditions.ts';

export const serviceConditionSet: ConditionSet | undefined = undefined;
