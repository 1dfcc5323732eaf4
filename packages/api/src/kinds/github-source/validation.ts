/** Rules of the GitHubSource. The schema says which fields there must be. Source: reference section 1.7. */
import { type FieldError, invalidValue } from '../field-error.ts';
import { isHttpUrl, validateDestination } from '../shared/destination.ts';
import { isFields } from '../shared/objects.ts';
import { validateOverrides } from '../shared/source.ts';
import type { GitHubSource } from './types.ts';

export function validateGitHubSource({ spec }: GitHubSource): FieldError[] {
  if (!isFields(spec)) return [];
  const errors = validateDestination(spec.sink, ['spec', 'sink']);
  const url = spec.githubAPIURL ?? '';
  if (url !== '' && !isHttpUrl(url)) {
    errors.push(invalidValue(url, ['spec', 'githubAPIURL'], 'expected an absolute http or https URL'));
  }
  return [...errors, ...validateOverrides(spec.ceOverrides, ['spec', 'ceOverrides'])];
}
