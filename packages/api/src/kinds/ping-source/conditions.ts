/** Conditions of a PingSource. Source: reference section 2.5. Deployed: the schedule runs in this process. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import { DEPLOYED, OIDC_IDENTITY_CREATED, SINK_PROVIDED } from '../shared/conditions.ts';

export const pingSourceConditionSet = livingConditionSet(SINK_PROVIDED, DEPLOYED, OIDC_IDENTITY_CREATED);

/** Marks of what runs a source's schedule. */
export const deploymentMarks = {
  deployed: (): ConditionMark => markTrue(DEPLOYED),
  updating: (why: string): ConditionMark => markUnknown(DEPLOYED, 'DeploymentUpdating', why),
  unavailable: (why: string): ConditionMark => markFalse(DEPLOYED, 'DeploymentUnavailable', why),
};
