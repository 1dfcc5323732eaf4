/** The kind ConfigMap. */
import { ageColumn, defineKind } from '../kind.ts';
import { configMapConditionSet } from './conditions.ts';
import { defaultConfigMap } from './defaults.ts';
import { configMapSchemas } from './schema.ts';
import type { ConfigMap } from './types.ts';
import { validateConfigMap, validateConfigMapUpdate } from './validation.ts';

export * from './types.ts';

export const configMapKind = defineKind({
  group: '',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  printerColumns: [ageColumn],
  schemas: configMapSchemas,
  conditionSet: configMapConditionSet,
  applyDefaults: defaultConfigMap,
  validate: (resource) => validateConfigMap(resource as ConfigMap),
  validateUpdate: (before, after) => validateConfigMapUpdate(before as ConfigMap, after as ConfigMap),
});
