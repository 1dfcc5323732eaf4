/** A Deployment is not run here and has no conditions. */
import type { ConditionSet } from '../conditions.ts';

export const deploymentConditionSet: ConditionSet | undefined = undefined;
