/** Rules of the CronJobSource. Source: reference section 6.13; texts as for the PingSource. */
import { disallowedField, type FieldError, type FieldPath, invalidValue, missingField } from '../field-error.ts';
import { validateDestination } from '../shared/destination.ts';
import { fieldsOf, isFields } from '../shared/objects.ts';
import { parseSchedule } from '../shared/schedule.ts';
import { type CronJobSource, cronJobSinkOf } from './types.ts';

const referenceFields = ['apiVersion', 'kind', 'name', 'namespace'];

export function validateCronJobSource({ spec }: CronJobSource): FieldError[] {
  if (!isFields(spec)) return [];
  const errors = validateSink(spec);
  if ((spec.schedule ?? '') === '') return [...errors, missingField(['spec', 'schedule'])];
  const parsed = parseSchedule(spec.schedule);
  if (parsed.kind === 'ok') return errors;
  // The kind has no field for a zone: a bad one stands in the schedule.
  return [...errors, invalidValue(parsed.message, ['spec', 'schedule'])];
}

function validateSink(spec: CronJobSource['spec']): FieldError[] {
  const at: FieldPath = ['spec', 'sink'];
  const sink = fieldsOf(spec.sink);
  const inline = referenceFields.filter((field) => sink[field] !== undefined);
  const destination = sink['ref'] !== undefined || sink['uri'] !== undefined;
  if (destination && inline.length > 0) {
    const details = 'the sink is written twice: as a reference and as ref or uri';
    return [
      disallowedField(
        inline.map((field) => [...at, field]),
        details,
      ),
    ];
  }
  if (inline.length === 0) return validateDestination(sink, at);
  // Errors are about `spec.sink.name`, where the author wrote it, not about a `ref`.
  const inPlace = (path: FieldPath): FieldPath => path.filter((step) => step !== 'ref');
  return validateDestination(cronJobSinkOf(spec), at).map((error) => ({
    ...error,
    paths: error.paths.map((path) => path.replace('.ref.', '.')),
    locations: error.locations.map(inPlace),
  }));
}
