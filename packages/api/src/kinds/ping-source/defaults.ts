/** Defaults of the PingSource: every minute; the namespace of its sink. Source: reference section 1.7. */
import type { Resource } from '../../resource.ts';
import { defaultDestination, replacePresent } from '../shared/defaulting.ts';
import { isFields } from '../shared/objects.ts';

/** Every minute. */
const scheduleDefault = '* * * * *';

export function defaultPingSource(resource: Resource): Resource {
  const { spec, metadata } = resource;
  if (!isFields(spec) || !isFields(metadata)) return resource;
  const schedule = (spec['schedule'] ?? '') === '' ? scheduleDefault : spec['schedule'];
  const sink = (value: unknown): unknown => defaultDestination(value, metadata.namespace);
  return { ...resource, spec: replacePresent({ ...spec, schedule }, { sink }) };
}
