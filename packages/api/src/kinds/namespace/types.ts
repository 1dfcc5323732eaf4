/** The Namespace of Kubernetes' core group. */
import type { Resource } from '../../resource.ts';

export interface Namespace extends Resource {
  readonly kind: 'Namespace';
}

export function isNamespace(resource: Resource): resource is Namespace {
  return resource.kind === 'Namespace' && resource.apiVersion === 'v1';
}
