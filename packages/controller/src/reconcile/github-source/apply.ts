/** Makes a plan for a GitHubSource true: nothing but its status is ours to write. */
import type { GitHubSource } from '@millrace/api';
import { type ReconcileContext, type StatusPlan, writeStatus } from '../reconciler.ts';
import { statusOfGitHubSource } from './status.ts';

export function applyGitHubSource(
  gitHubSource: GitHubSource,
  plan: StatusPlan,
  context: ReconcileContext,
): Promise<void> {
  return writeStatus(gitHubSource, statusOfGitHubSource(gitHubSource, plan, context.nowMs), context);
}
