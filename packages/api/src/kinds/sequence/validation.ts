/** Rules of the Sequence. Source: reference section 1.6. */
import { type FieldError, invalidValue, missingField, renderFieldErrors } from '../field-error.ts';
import { validateChannelTemplate } from '../shared/channel-template.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateDestination } from '../shared/destination.ts';
import { isFields } from '../shared/objects.ts';
import type { Sequence, SequenceStep } from './types.ts';

export function validateSequence({ spec }: Sequence): FieldError[] {
  if (!isFields(spec)) return [missingField(['spec'])];
  const steps = spec.steps ?? [];
  return [
    ...(steps.length === 0 ? [missingField(['spec', 'steps'])] : []),
    ...steps.flatMap(validateStep),
    ...validateChannelTemplate(spec.channelTemplate, ['spec', 'channelTemplate']),
    ...(spec.reply === undefined ? [] : validateDestination(spec.reply, ['spec', 'reply'])),
  ];
}

/** The reference reports the step as a whole; what is wrong in it is the explanation. */
function validateStep(step: SequenceStep, index: number): FieldError[] {
  const at = ['spec', 'steps', index];
  const errors = [...validateDestination(step, at), ...validateDelivery(step.delivery, [...at, 'delivery'])];
  if (errors.length === 0) return [];
  const locations = errors.flatMap((error) => error.locations);
  return [{ ...invalidValue(step, at, renderFieldErrors(errors)), locations }];
}
