/**
 * Marks that several kinds share. Texts: reference section 2.
 */
import { type ConditionMark, markFalse, markTrue, markUnknown } from '../conditions.ts';

export const addressableCondition = 'Addressable';
export const deadLetterSinkResolvedCondition = 'DeadLetterSinkResolved';
export const eventPoliciesReadyCondition = 'EventPoliciesReady';
export const oidcIdentityCreatedCondition = 'OIDCIdentityCreated';
export const sinkProvidedCondition = 'SinkProvided';
export const deployedCondition = 'Deployed';

export const addressMarks = {
  set: (): ConditionMark => markTrue(addressableCondition),
  missing: (): ConditionMark => markFalse(addressableCondition, 'nil URL', 'URL is nil'),
};

export const deadLetterSinkMarks = {
  resolved: (): ConditionMark => markTrue(deadLetterSinkResolvedCondition),
  notConfigured: (): ConditionMark =>
    markTrue(deadLetterSinkResolvedCondition, 'DeadLetterSinkNotConfigured', 'No dead letter sink is configured.'),
  unresolved: (why: string): ConditionMark =>
    markFalse(deadLetterSinkResolvedCondition, "Unable to get the dead letter sink's URI", why),
};

export const eventPolicyMarks = {
  /** Authentication is off: policies do not apply. */
  oidcDisabled: (): ConditionMark =>
    markTrue(
      eventPoliciesReadyCondition,
      'OIDCDisabled',
      'Feature "authentication-oidc" must be enabled to support Authorization',
    ),
};

export const identityMarks = {
  oidcDisabled: (): ConditionMark => markTrue(oidcIdentityCreatedCondition, 'authentication-oidc feature disabled'),
};

export const sinkMarks = {
  provided: (): ConditionMark => markTrue(sinkProvidedCondition),
  notFound: (why: string): ConditionMark => markFalse(sinkProvidedCondition, 'NotFound', why),
  empty: (): ConditionMark => markFalse(sinkProvidedCondition, 'SinkEmpty', 'Sink has resolved to empty.'),
};

/** Marks of what runs a source's schedule. */
export const deploymentMarks = {
  deployed: (): ConditionMark => markTrue(deployedCondition),
  updating: (why: string): ConditionMark => markUnknown(deployedCondition, 'DeploymentUpdating', why),
  unavailable: (why: string): ConditionMark => markFalse(deployedCondition, 'DeploymentUnavailable', why),
};
