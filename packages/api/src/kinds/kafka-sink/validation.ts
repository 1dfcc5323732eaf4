/** Rules of the KafkaSink. Source: reference section 1.8. */
import { type FieldError, fieldError, invalidValue, missingField } from '../field-error.ts';
import { validateServers, validateTopic } from '../shared/kafka-fields.ts';
import { isFields, shortDiff } from '../shared/objects.ts';
import type { KafkaSink } from './types.ts';

export function validateKafkaSink({ spec }: KafkaSink): FieldError[] {
  if (!isFields(spec)) return [];
  const errors = [
    ...validateTopic(spec.topic, ['spec', 'topic']),
    ...validateServers(spec.bootstrapServers, ['spec', 'bootstrapServers']),
  ];
  for (const field of ['numPartitions', 'replicationFactor'] as const) {
    const value = spec[field];
    if (value !== undefined && value < 1) errors.push(invalidValue(value, ['spec', field], 'expected 1 or more'));
  }
  const ref = spec.auth?.secret?.ref;
  if (ref !== undefined && (ref.name ?? '') === '')
    errors.push(missingField(['spec', 'auth', 'secret', 'ref', 'name']));
  return errors;
}

/** A sink stays with its topic, and a topic keeps its shape. */
export function validateKafkaSinkUpdate(before: KafkaSink, after: KafkaSink): FieldError[] {
  return (['topic', 'numPartitions', 'replicationFactor'] as const).flatMap((field) => {
    const diff = shortDiff(before.spec?.[field], after.spec?.[field], `spec.${field}`);
    return diff === '' ? [] : [fieldError('Immutable field updated', [['spec', field]], diff)];
  });
}
