/** The kind Secret. */
import { ageColumn, column, defineKind } from '../kind.ts';
import { secretConditionSet } from './conditions.ts';
import { defaultSecret } from './defaults.ts';
import { secretSchemas } from './schema.ts';
import type { Secret } from './types.ts';
import { validateSecret, validateSecretUpdate } from './validation.ts';

export * from './types.ts';

export const secretKind = defineKind({
  group: '',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Secret',
  plural: 'secrets',
  printerColumns: [column('Type', '.type'), ageColumn],
  schemas: secretSchemas,
  conditionSet: secretConditionSet,
  applyDefaults: defaultSecret,
  validate: (resource) => validateSecret(resource as Secret),
  validateUpdate: (before, after) => validateSecretUpdate(before as Secret, after as Secret),
});
