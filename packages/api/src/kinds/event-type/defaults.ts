/** Defaults of the EventType: the namespace of its reference. */
import type { Resource } from '../../resource.ts';
import { defaultReference, replacePresent } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

export function defaultEventType(resource: Resource): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const reference = (value: unknown): unknown => defaultReference(value, metadata.namespace);
  return { ...resource, spec: replacePresent(spec, { reference }) };
}
