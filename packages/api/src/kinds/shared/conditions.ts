/**
 * Marks that several kinds share. Texts: reference section 2.
 */
import { type ConditionMark, markFalse, markTrue } from '../conditions.ts';

export const ADDRESSABLE = 'Addressable';
export const DEAD_LETTER_SINK_RESOLVED = 'DeadLetterSinkResolved';
export const EVENT_POLICIES_READY = 'EventPoliciesReady';
export const OIDC_IDENTITY_CREATED = 'OIDCIdentityCreated';
export const SINK_PROVIDED = 'SinkProvided';
export const DEPLOYED = 'Deployed';

export const addressMarks = {
  set: (): ConditionMark => markTrue(ADDRESSABLE),
  missing: (): ConditionMark => markFalse(ADDRESSABLE, 'nil URL', 'URL is nil'),
};

export const deadLetterSinkMarks = {
  resolved: (): ConditionMark => markTrue(DEAD_LETTER_SINK_RESOLVED),
  notConfigured: (): ConditionMark =>
    markTrue(DEAD_LETTER_SINK_RESOLVED, 'DeadLetterSinkNotConfigured', 'No dead letter sink is configured.'),
  unresolved: (why: string): ConditionMark =>
    markFalse(DEAD_LETTER_SINK_RESOLVED, "Unable to get the dead letter sink's URI", why),
};

export const eventPolicyMarks = {
  /** Authentication is off: policies do not apply. */
  oidcDisabled: (): ConditionMark =>
    markTrue(
      EVENT_POLICIES_READY,
      'OIDCDisabled',
      'Feature "authentication-oidc" must be enabled to support Authorization',
    ),
};

export const identityMarks = {
  oidcDisabled: (): ConditionMark => markTrue(OIDC_IDENTITY_CREATED, 'authentication-oidc feature disabled'),
};

export const sinkMarks = {
  provided: (): ConditionMark => markTrue(SINK_PROVIDED),
  notFound: (why: string): ConditionMark => markFalse(SINK_PROVIDED, 'NotFound', why),
  empty: (): ConditionMark => markFalse(SINK_PROVIDED, 'SinkEmpty', 'Sink has resolved to empty.'),
};
