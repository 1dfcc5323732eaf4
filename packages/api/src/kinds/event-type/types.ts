/** The EventType, stored as v1beta2. Source: reference section 1.4. */
import type { KReference } from '../../delivery/index.ts';
import type { Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';

export interface EventTypeSpec {
  readonly type: string;
  readonly source?: string;
  /** URL of a schema of the data, and the schema itself. */
  readonly schema?: string;
  readonly schemaData?: string;
  /** Deprecated in favour of `reference`. */
  readonly broker?: string;
  readonly reference?: KReference;
  readonly description?: string;
}

/** An entry of `spec.attributes` in v1beta3. */
export interface EventTypeAttribute {
  readonly name: string;
  readonly required?: boolean;
  readonly value?: string;
}

/** The `spec` of v1beta3. */
export interface EventTypeSpecV1Beta3 {
  readonly reference?: KReference;
  readonly description?: string;
  readonly attributes?: readonly EventTypeAttribute[];
}

export interface EventType extends Resource {
  readonly kind: 'EventType';
  readonly spec: EventTypeSpec;
  readonly status?: Status;
}

export function isEventType(resource: Resource): resource is EventType {
  return resource.kind === 'EventType' && isOfGroup(resource.apiVersion, 'eventing.knative.dev');
}
