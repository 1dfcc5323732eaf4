/** Defaults of the CronJobSource: the namespace of its sink. */
import type { Resource } from '../../resource.ts';
import { defaultDestination, defaultReference, replacePresent } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

export function defaultCronJobSource(resource: Resource): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const sink = (value: unknown): unknown =>
    isFields(value) && value['ref'] === undefined && value['uri'] === undefined
      ? defaultReference(value, metadata.namespace)
      : defaultDestination(value, metadata.namespace);
  return { ...resource, spec: replacePresent(spec, { sink }) };
}
