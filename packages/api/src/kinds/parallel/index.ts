/** The kind Parallel. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { parallelConditionSet } from './conditions.ts';
import { defaultParallel } from './defaults.ts';
import { parallelSchemas } from './schema.ts';
import type { Parallel } from './types.ts';
import { validateParallel } from './validation.ts';

export { parallelConditionSet, parallelMarks } from './conditions.ts';
export * from './types.ts';

export const parallelKind = defineKind({
  group: 'flows.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Parallel',
  plural: 'parallels',
  printerColumns: [column('URL', '.status.address.url'), ageColumn, ...readyColumns],
  schemas: parallelSchemas,
  conditionSet: parallelConditionSet,
  applyDefaults: defaultParallel,
  validate: (resource) => validateParallel(resource as Parallel),
  validateUpdate: () => [],
});
