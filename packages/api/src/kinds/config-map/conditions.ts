/** A ConfigMap has no status. */
import type { ConditionSet } from '../conditions.ts';

export const configMapConditionSet: ConditionSet | undefined = undefined;
