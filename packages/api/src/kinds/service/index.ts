/** The kind Service of the core group. */
import { ageColumn, column, defineKind } from '../kind.ts';
import { serviceConditionSet } from './conditions.ts';
import { defaultService } from './defaults.ts';
import { serviceSchemas } from './schema.ts';
import type { Service } from './types.ts';
import { validateService } from './validation.ts';

export * from './types.ts';

export const serviceKind = defineKind({
  group: '',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Service',
  plural: 'services',
  shortNames: ['svc'],
  nameRule: 'label',
  printerColumns: [
    column('Type', '.spec.type'),
    column('URL', '.status.address.url'),
    column('Consumer', '.status.consumer'),
    ageColumn,
  ],
  schemas: serviceSchemas,
  conditionSet: serviceConditionSet,
  applyDefaults: defaultService,
  validate: (resource) => validateService(resource as Service),
  validateUpdate: () => [],
});
