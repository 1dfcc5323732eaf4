/** Conditions of a PingSource. Source: reference section 2.5. Deployed: the schedule runs in this process. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import { deployedCondition, oidcIdentityCreatedCondition, sinkProvidedCondition } from '../shared/conditions.ts';

export const pingSourceConditionSet = livingConditionSet(
  sinkProvidedCondition,
  deployedCondition,
  oidcIdentityCreatedCondition,
);

/** Marks of what runs a source's schedule. */
export const deploymentMarks = {
  deployed: (): ConditionMark => markTrue(deployedCondition),
  updating: (why: string): ConditionMark => markUnknown(deployedCondition, 'DeploymentUpdating', why),
  unavailable: (why: string): ConditionMark => markFalse(deployedCondition, 'DeploymentUnavailable', why),
};
