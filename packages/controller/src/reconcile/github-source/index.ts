/** The reconciler of GitHubSources. */
import { apiVersionOf, gitHubSourceKind, isGitHubSource } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyGitHubSource } from './apply.ts';
import { observeGitHubSource } from './observe.ts';
import { planGitHubSource } from './plan.ts';

export const gitHubSourceReconciler: Reconciler = {
  apiVersion: apiVersionOf(gitHubSourceKind.group, gitHubSourceKind.storageVersion),
  kind: gitHubSourceKind.kind,
  async reconcile(object, context) {
    if (!isGitHubSource(object)) return;
    await applyGitHubSource(object, planGitHubSource(observeGitHubSource(object, context)), context);
  },
};
