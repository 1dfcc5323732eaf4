/** Rules of Knative's Service: its annotations. */
import { serviceAnnotations, validateAnnotations } from '../annotations.ts';
import type { FieldError } from '../field-error.ts';
import type { KnativeService } from './types.ts';

export function validateKnativeService({ metadata }: KnativeService): FieldError[] {
  return validateAnnotations(metadata.annotations, serviceAnnotations);
}
