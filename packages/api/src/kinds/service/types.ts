/** The Service of Kubernetes' core group, as far as it is referred to. */
import type { Resource } from '../../resource.ts';

export interface Service extends Resource {
  readonly kind: 'Service';
  readonly spec?: {
    readonly type?: string;
    readonly externalName?: string;
    readonly ports?: readonly {
      readonly name?: string;
      readonly port: number;
      readonly targetPort?: number | string;
    }[];
    readonly selector?: Readonly<Record<string, string>>;
    readonly [field: string]: unknown;
  };
}

export function isService(resource: Resource): resource is Service {
  return resource.kind === 'Service' && resource.apiVersion === 'v1';
}
