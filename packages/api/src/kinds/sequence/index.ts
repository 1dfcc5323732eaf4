/** The kind Sequence. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { sequenceConditionSet } from './conditions.ts';
import { defaultSequence } from './defaults.ts';
import { sequenceSchemas } from './schema.ts';
import type { Sequence } from './types.ts';
import { validateSequence } from './validation.ts';

export { sequenceConditionSet, sequenceMarks } from './conditions.ts';
export * from './types.ts';

export const sequenceKind = defineKind({
  group: 'flows.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Sequence',
  plural: 'sequences',
  printerColumns: [column('URL', '.status.address.url'), ageColumn, ...readyColumns],
  schemas: sequenceSchemas,
  conditionSet: sequenceConditionSet,
  applyDefaults: defaultSequence,
  validate: (resource) => validateSequence(resource as Sequence),
  validateUpdate: () => [],
});
