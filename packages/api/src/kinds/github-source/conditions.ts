/** Conditions of a GitHubSource. Source: reference section 2.5. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue } from '../conditions.ts';
import { SINK_PROVIDED } from '../shared/conditions.ts';

export const SECRETS_PROVIDED = 'SecretsProvided';
export const WEBHOOK_CONFIGURED = 'WebhookConfigured';

export const gitHubSourceConditionSet = livingConditionSet(SECRETS_PROVIDED, SINK_PROVIDED, WEBHOOK_CONFIGURED);

export const gitHubSourceMarks = {
  secretsProvided: (): ConditionMark => markTrue(SECRETS_PROVIDED),
  accessTokenNotFound: (why: string): ConditionMark => markFalse(SECRETS_PROVIDED, 'AccessTokenNotFound', why),
  secretTokenNotFound: (why: string): ConditionMark => markFalse(SECRETS_PROVIDED, 'SecretTokenNotFound', why),
  webhookConfigured: (): ConditionMark => markTrue(WEBHOOK_CONFIGURED),
  /** The receiver listens; nothing is registered at GitHub. */
  webhookNotRegistered: (why: string): ConditionMark => markTrue(WEBHOOK_CONFIGURED, 'NotRegistered', why),
  missingReceiveAdapter: (why: string): ConditionMark => markFalse(WEBHOOK_CONFIGURED, 'MissingReceiveAdapter', why),
  creationFailed: (why: string): ConditionMark => markFalse(WEBHOOK_CONFIGURED, 'CreationFailed', why),
  reconciliationFailed: (why: string): ConditionMark => markFalse(WEBHOOK_CONFIGURED, 'ReconciliationFailed', why),
};
