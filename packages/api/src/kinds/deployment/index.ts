/** The kind Deployment of the group apps. */
import { ageColumn, defineKind } from '../kind.ts';
import { deploymentConditionSet } from './conditions.ts';
import { defaultDeployment } from './defaults.ts';
import { deploymentSchemas } from './schema.ts';
import { validateDeployment } from './validation.ts';

export * from './types.ts';

export const deploymentKind = defineKind({
  group: 'apps',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Deployment',
  plural: 'deployments',
  shortNames: ['deploy'],
  printerColumns: [ageColumn],
  schemas: deploymentSchemas,
  conditionSet: deploymentConditionSet,
  applyDefaults: defaultDeployment,
  validate: validateDeployment,
  validateUpdate: () => [],
});
