/** The ConfigMap of Kubernetes' core group. */
import type { Resource } from '../../resource.ts';

export interface ConfigMap extends Resource {
  readonly kind: 'ConfigMap';
  readonly data?: Readonly<Record<string, string>>;
  /** Values in base64. */
  readonly binaryData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
}

export function isConfigMap(resource: Resource): resource is ConfigMap {
  return resource.kind === 'ConfigMap' && resource.apiVersion === 'v1';
}
