/** What a GitHubSource's status should say. Pure. Source: reference sections 2.5 and 6.11. */
import { type ConditionMark, gitHubSourceMarks } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import { markOfSink, sinkFields } from '../source-plan.ts';
import type { GitHubSourceObservation } from './observe.ts';

export function planGitHubSource(observed: GitHubSourceObservation): StatusPlan {
  const { source, sink } = observed;
  const { ownerAndRepository, eventTypes } = source.spec;
  const attributes = eventTypes.map((type) => ({
    type: `dev.knative.source.github.${type}`,
    source: `https://github.com/${ownerAndRepository}`,
  }));
  return {
    marks: [markOfSecrets(observed), markOfSink(sink), markOfWebhook(observed)],
    fields: sinkFields(sink, attributes),
  };
}

function markOfSecrets({ accessTokenProblem, secretTokenProblem }: GitHubSourceObservation): ConditionMark {
  if (accessTokenProblem !== undefined) return gitHubSourceMarks.accessTokenNotFound(accessTokenProblem);
  if (secretTokenProblem !== undefined) return gitHubSourceMarks.secretTokenNotFound(secretTokenProblem);
  return gitHubSourceMarks.secretsProvided();
}

/** Nothing is registered at GitHub: somebody points a webhook at the receiver, whose address is told. */
function markOfWebhook({ receiverUrl, isServed }: GitHubSourceObservation): ConditionMark {
  if (receiverUrl === undefined) {
    return gitHubSourceMarks.missingReceiveAdapter('no receiver for GitHub webhooks runs here');
  }
  // Ready is a promise: a payload that is posted then must be taken.
  return isServed === false
    ? gitHubSourceMarks.receiverNotServing()
    : gitHubSourceMarks.webhookNotRegistered(`point the webhook at ${receiverUrl}`);
}
