/** A Namespace has no rules but those of its name. */
import type { FieldError } from '../field-error.ts';

export function validateNamespace(): FieldError[] {
  return [];
}
