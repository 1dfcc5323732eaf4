/** Conditions of a GitHubSource. Source: reference section 2.5. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import { sinkProvidedCondition } from '../shared/conditions.ts';

const secretsProvidedCondition = 'SecretsProvided';
const webhookConfiguredCondition = 'WebhookConfigured';

export const gitHubSourceConditionSet = livingConditionSet(
  secretsProvidedCondition,
  sinkProvidedCondition,
  webhookConfiguredCondition,
);

export const gitHubSourceMarks = {
  secretsProvided: (): ConditionMark => markTrue(secretsProvidedCondition),
  accessTokenNotFound: (why: string): ConditionMark => markFalse(secretsProvidedCondition, 'AccessTokenNotFound', why),
  secretTokenNotFound: (why: string): ConditionMark => markFalse(secretsProvidedCondition, 'SecretTokenNotFound', why),
  webhookConfigured: (): ConditionMark => markTrue(webhookConfiguredCondition),
  /** The receiver listens; nothing is registered at GitHub. */
  webhookNotRegistered: (why: string): ConditionMark => markTrue(webhookConfiguredCondition, 'NotRegistered', why),
  receiverNotServing: (): ConditionMark =>
    markUnknown(webhookConfiguredCondition, 'MissingReceiveAdapter', 'The receiver does not take payloads yet.'),
  missingReceiveAdapter: (why: string): ConditionMark =>
    markFalse(webhookConfiguredCondition, 'MissingReceiveAdapter', why),
  creationFailed: (why: string): ConditionMark => markFalse(webhookConfiguredCondition, 'CreationFailed', why),
  reconciliationFailed: (why: string): ConditionMark =>
    markFalse(webhookConfiguredCondition, 'ReconciliationFailed', why),
};
