/** The Service of Knative Serving, as far as it is referred to. */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';

export interface Container {
  readonly name?: string;
  readonly image?: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly [field: string]: unknown }[];
  readonly [field: string]: unknown;
}

export interface KnativeService extends Resource {
  readonly kind: 'Service';
  readonly spec?: {
    readonly template?: {
      readonly spec?: { readonly containers?: readonly Container[]; readonly [field: string]: unknown };
      readonly [field: string]: unknown;
    };
    readonly [field: string]: unknown;
  };
}

export function isKnativeService(resource: Resource): resource is KnativeService {
  return resource.kind === 'Service' && isOfGroup(resource.apiVersion, 'serving.knative.dev');
}

/** The images a Service runs, in order. */
export function imagesOf(service: KnativeService): readonly string[] {
  const containers = service.spec?.template?.spec?.containers ?? [];
  return containers.flatMap(({ image }) => (image === undefined ? [] : [image]));
}
