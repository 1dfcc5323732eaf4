/** The kind KafkaSink. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { kafkaSinkConditionSet } from './conditions.ts';
import { defaultKafkaSink } from './defaults.ts';
import { kafkaSinkSchemas } from './schema.ts';
import type { KafkaSink } from './types.ts';
import { validateKafkaSink, validateKafkaSinkUpdate } from './validation.ts';

export { kafkaSinkConditionSet } from './conditions.ts';
export * from './types.ts';

export const kafkaSinkKind = defineKind({
  group: 'eventing.knative.dev',
  versions: ['v1alpha1'],
  storageVersion: 'v1alpha1',
  kind: 'KafkaSink',
  plural: 'kafkasinks',
  printerColumns: [column('URL', '.status.address.url'), ageColumn, ...readyColumns],
  schemas: kafkaSinkSchemas,
  conditionSet: kafkaSinkConditionSet,
  applyDefaults: defaultKafkaSink,
  validate: (resource) => validateKafkaSink(resource as KafkaSink),
  validateUpdate: (before, after) => validateKafkaSinkUpdate(before as KafkaSink, after as KafkaSink),
});
