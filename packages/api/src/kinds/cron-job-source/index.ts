/** The kind CronJobSource. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { cronJobSourceConditionSet } from './conditions.ts';
import { defaultCronJobSource } from './defaults.ts';
import { cronJobSourceSchemas } from './schema.ts';
import type { CronJobSource } from './types.ts';
import { validateCronJobSource } from './validation.ts';

export { cronJobSourceConditionSet, cronJobSourceMarks } from './conditions.ts';
export * from './types.ts';

export const cronJobSourceKind = defineKind({
  group: 'sources.eventing.knative.dev',
  versions: ['v1alpha1'],
  storageVersion: 'v1alpha1',
  kind: 'CronJobSource',
  plural: 'cronjobsources',
  printerColumns: [column('Sink', '.status.sinkUri'), column('Schedule', '.spec.schedule'), ageColumn, ...readyColumns],
  schemas: cronJobSourceSchemas,
  conditionSet: cronJobSourceConditionSet,
  applyDefaults: defaultCronJobSource,
  validate: (resource) => validateCronJobSource(resource as CronJobSource),
  validateUpdate: () => [],
});
