/** Rules of the core Service: its annotations. */
import { serviceAnnotations, validateAnnotations } from '../annotations.ts';
import type { FieldError } from '../field-error.ts';
import type { Service } from './types.ts';

export function validateService({ metadata }: Service): FieldError[] {
  return validateAnnotations(metadata.annotations, serviceAnnotations);
}
