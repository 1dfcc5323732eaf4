/** The status of a GitHubSource after a plan. Pure. */
import { type GitHubSource, gitHubSourceConditionSet, type Status } from '@millrace/api';
import { nextStatus, type StatusPlan } from '../reconciler.ts';

export function statusOfGitHubSource(gitHubSource: GitHubSource, plan: StatusPlan, nowMs: number): Status {
  return nextStatus(gitHubSource, gitHubSourceConditionSet, plan, nowMs);
}
