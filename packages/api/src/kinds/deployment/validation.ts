/** A Deployment has no rules of ours. */
import type { FieldError } from '../field-error.ts';

export function validateDeployment(): FieldError[] {
  return [];
}
