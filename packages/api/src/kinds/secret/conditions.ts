/** A Secret has no status. */
import type { ConditionSet } from '../conditions.ts';

export const secretConditionSet: ConditionSet | undefined = undefined;
