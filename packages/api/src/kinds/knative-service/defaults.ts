/** A Service of Serving is kept as it is written. */
import type { Resource } from '../../resource.ts';

export function defaultKnativeService(resource: Resource): Resource {
  return resource;
}
