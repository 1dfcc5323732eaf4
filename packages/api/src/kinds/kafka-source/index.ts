/** The kind KafkaSource. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { kafkaSourceConditionSet } from './conditions.ts';
import { defaultKafkaSource } from './defaults.ts';
import { kafkaSourceSchemas } from './schema.ts';
import type { KafkaSource } from './types.ts';
import { validateKafkaSource, validateKafkaSourceUpdate } from './validation.ts';

export { kafkaSourceConditionSet, kafkaSourceMarks } from './conditions.ts';
export { readNetSecurity } from './security.ts';
export * from './types.ts';

export const kafkaSourceKind = defineKind({
  group: 'sources.knative.dev',
  versions: ['v1', 'v1beta1'],
  storageVersion: 'v1beta1',
  kind: 'KafkaSource',
  plural: 'kafkasources',
  printerColumns: [
    column('Topics', '.spec.topics'),
    column('BootstrapServers', '.spec.bootstrapServers'),
    ...readyColumns,
    ageColumn,
  ],
  schemas: kafkaSourceSchemas,
  conditionSet: kafkaSourceConditionSet,
  applyDefaults: defaultKafkaSource,
  validate: (resource) => validateKafkaSource(resource as KafkaSource),
  validateUpdate: (before, after) => validateKafkaSourceUpdate(before as KafkaSource, after as KafkaSource),
});
