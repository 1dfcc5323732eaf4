/** A ConfigMap has no defaults. */
import type { Resource } from '../../resource.ts';

export function defaultConfigMap(resource: Resource): Resource {
  return resource;
}
