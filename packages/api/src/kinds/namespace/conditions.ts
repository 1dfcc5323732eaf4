/** A Namespace has a phase, no conditions. */
import type { ConditionSet } from '../conditions.ts';

export const namespaceConditionSet: ConditionSet | undefined = undefined;
