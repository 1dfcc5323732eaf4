/** Conditions of a Knative Service, as Serving has them: the consumer is there, and it has an address. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';

const configurationsReadyCondition = 'ConfigurationsReady';
const routesReadyCondition = 'RoutesReady';

export const knativeServiceConditionSet = livingConditionSet(configurationsReadyCondition, routesReadyCondition);

export const knativeServiceMarks = {
  running: (): ConditionMark => markTrue(configurationsReadyCondition),
  starting: (why: string): ConditionMark => markUnknown(configurationsReadyCondition, 'Deploying', why),
  failed: (why: string): ConditionMark => markFalse(configurationsReadyCondition, 'RevisionFailed', why),
  routed: (): ConditionMark => markTrue(routesReadyCondition),
  notRouted: (why: string): ConditionMark => markFalse(routesReadyCondition, 'RevisionMissing', why),
};
