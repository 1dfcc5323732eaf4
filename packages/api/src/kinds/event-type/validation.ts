/** Rules of the EventType. Source: reference section 1.4. */
import type { Resource } from '../../resource.ts';
import { type FieldError, missingField } from '../field-error.ts';
import { splitApiVersion } from '../shared/api-version.ts';
import { validateReference } from '../shared/destination.ts';
import { fieldsOf } from '../shared/objects.ts';
import type { EventTypeSpec, EventTypeSpecV1Beta3 } from './types.ts';

/** What v1beta3 must describe. */
const neededAttributes = ['type', 'source', 'specversion', 'id'];

export function validateEventType(resource: Resource): FieldError[] {
  const spec = fieldsOf(resource.spec);
  const errors: FieldError[] = [];
  if (splitApiVersion(resource.apiVersion).version === 'v1beta3') {
    const { attributes = [] } = spec as EventTypeSpecV1Beta3;
    const named = new Set(attributes.map((attribute) => attribute.name));
    const missing = neededAttributes.filter((name) => !named.has(name));
    if (missing.length > 0) {
      const error = missingField(...missing.map((name) => ['spec', 'attributes', name]));
      errors.push({ ...error, locations: [['spec', 'attributes']] });
    }
  } else if ((spec['type'] ?? '') === '') {
    errors.push(missingField(['spec', 'type']));
  }
  const { reference } = spec as unknown as EventTypeSpec;
  return reference === undefined ? errors : [...errors, ...validateReference(reference, ['spec', 'reference'])];
}
