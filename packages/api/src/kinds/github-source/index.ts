/** The kind GitHubSource. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { gitHubSourceConditionSet } from './conditions.ts';
import { defaultGitHubSource } from './defaults.ts';
import { gitHubSourceSchemas } from './schema.ts';
import type { GitHubSource } from './types.ts';
import { validateGitHubSource } from './validation.ts';

export { gitHubSourceConditionSet, gitHubSourceMarks } from './conditions.ts';
export * from './types.ts';

export const gitHubSourceKind = defineKind({
  group: 'sources.knative.dev',
  versions: ['v1alpha1'],
  storageVersion: 'v1alpha1',
  kind: 'GitHubSource',
  plural: 'githubsources',
  printerColumns: [...readyColumns, column('Sink', '.status.sinkUri'), ageColumn],
  schemas: gitHubSourceSchemas,
  conditionSet: gitHubSourceConditionSet,
  applyDefaults: defaultGitHubSource,
  validate: (resource) => validateGitHubSource(resource as GitHubSource),
  validateUpdate: () => [],
});
