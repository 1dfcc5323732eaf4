/** Defaults of the KafkaSink: binary content mode. Source: reference section 1.8. */
import type { Resource } from '../../resource.ts';
import { isFields } from '../shared/objects.ts';

export function defaultKafkaSink(resource: Resource): Resource {
  const { spec } = resource;
  if (!isFields(spec)) return resource;
  const contentMode = (spec['contentMode'] ?? '') === '' ? 'binary' : spec['contentMode'];
  return { ...resource, spec: { ...spec, contentMode } };
}
