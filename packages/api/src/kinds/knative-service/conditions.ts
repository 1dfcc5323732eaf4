/** Conditions of a Knative Service, as Serving has them: the consumer is there, and it has an address. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';

export const CONFIGURATIONS_READY = 'ConfigurationsReady';
export const ROUTES_READY = 'RoutesReady';

export const knativeServiceConditionSet = livingConditionSet(CONFIGURATIONS_READY, ROUTES_READY);

export const knativeServiceMarks = {
  running: (): ConditionMark => markTrue(CONFIGURATIONS_READY),
  starting: (why: string): ConditionMark => markUnknown(CONFIGURATIONS_READY, 'Deploying', why),
  failed: (why: string): ConditionMark => markFalse(CONFIGURATIONS_READY, 'RevisionFailed', why),
  routed: (): ConditionMark => markTrue(ROUTES_READY),
  notRouted: (why: string): ConditionMark => markFalse(ROUTES_READY, 'RevisionMissing', why),
};
