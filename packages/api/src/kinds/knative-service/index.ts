/** The kind Service of Knative Serving. */
import { column, defineKind, readyColumns } from '../kind.ts';
import { knativeServiceConditionSet } from './conditions.ts';
import { defaultKnativeService } from './defaults.ts';
import { knativeServiceSchemas } from './schema.ts';
import type { KnativeService } from './types.ts';
import { validateKnativeService } from './validation.ts';

export { knativeServiceConditionSet, knativeServiceMarks } from './conditions.ts';
export * from './types.ts';

export const knativeServiceKind = defineKind({
  group: 'serving.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['kservice', 'ksvc'],
  nameRule: 'label',
  printerColumns: [column('URL', '.status.url'), ...readyColumns],
  schemas: knativeServiceSchemas,
  conditionSet: knativeServiceConditionSet,
  applyDefaults: defaultKnativeService,
  validate: (resource) => validateKnativeService(resource as KnativeService),
  validateUpdate: () => [],
});
