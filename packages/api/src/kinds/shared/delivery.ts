/**
 * Rules of a DeliverySpec in an object. Source: reference section 4.1, with every field accepted (design section 7).
 */
import { type DeliverySpec, parseDeliverySpec } from '../../delivery/index.ts';
import { type FieldError, type FieldPath, invalidValue } from '../field-error.ts';
import { validateDestination } from './destination.ts';

export function validateDelivery(delivery: DeliverySpec | undefined, at: FieldPath): FieldError[] {
  if (delivery === undefined) return [];
  const errors: FieldError[] = [];
  if (delivery.deadLetterSink !== undefined) {
    errors.push(...validateDestination(delivery.deadLetterSink, [...at, 'deadLetterSink']));
  }
  const parsed = parseDeliverySpec(delivery);
  if (parsed.kind === 'error') {
    for (const { field, value, expected } of parsed.problems)
      errors.push(invalidValue(value, [...at, field], expected));
  }
  return errors;
}
