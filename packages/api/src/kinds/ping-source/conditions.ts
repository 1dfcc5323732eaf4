/** Conditions of a PingSource. Source: reference section 2.5. Deployed: the schedule runs in this process. */
import { livingConditionSet } from '../conditions.ts';
import { deployedCondition, oidcIdentityCreatedCondition, sinkProvidedCondition } from '../shared/conditions.ts';

export const pingSourceConditionSet = livingConditionSet(
  sinkProvidedCondition,
  deployedCondition,
  oidcIdentityCreatedCondition,
);
