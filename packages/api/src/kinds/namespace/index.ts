/** The kind Namespace. */
import { ageColumn, column, defineKind } from '../kind.ts';
import { namespaceConditionSet } from './conditions.ts';
import { defaultNamespace } from './defaults.ts';
import { namespaceSchemas } from './schema.ts';
import { validateNamespace } from './validation.ts';

export * from './types.ts';

export const namespaceKind = defineKind({
  group: '',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  nameRule: 'label',
  printerColumns: [column('Status', '.status.phase'), ageColumn],
  schemas: namespaceSchemas,
  conditionSet: namespaceConditionSet,
  applyDefaults: defaultNamespace,
  validate: validateNamespace,
  validateUpdate: () => [],
});
