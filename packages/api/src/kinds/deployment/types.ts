/** The Deployment of Kubernetes, as far as it is referred to: which images stand behind a Service. */
import type { Resource } from '../../resource.ts';

export interface Deployment extends Resource {
  readonly kind: 'Deployment';
  readonly spec?: {
    readonly template?: {
      readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
      readonly spec?: { readonly containers?: readonly { readonly image?: string }[] };
    };
    readonly [field: string]: unknown;
  };
}

export function isDeployment(resource: Resource): resource is Deployment {
  return resource.kind === 'Deployment' && resource.apiVersion === 'apps/v1';
}
