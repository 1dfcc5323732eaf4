/** Defaults of the GitHubSource: the namespace of its sink. */
import type { Resource } from '../../resource.ts';
import { defaultDestination, replacePresent } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

export function defaultGitHubSource(resource: Resource): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const sink = (value: unknown): unknown => defaultDestination(value, metadata.namespace);
  return { ...resource, spec: replacePresent(spec, { sink }) };
}
