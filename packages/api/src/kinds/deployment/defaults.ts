/** A Deployment is kept as it is written: what Kubernetes adds has no meaning here. */
import type { Resource } from '../../resource.ts';

export function defaultDeployment(resource: Resource): Resource {
  return resource;
}
