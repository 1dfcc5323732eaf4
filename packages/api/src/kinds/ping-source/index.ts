/** The kind PingSource. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { pingSourceConditionSet } from './conditions.ts';
import { defaultPingSource } from './defaults.ts';
import { pingSourceSchemas } from './schema.ts';
import type { PingSource } from './types.ts';
import { validatePingSource } from './validation.ts';

export { pingSourceConditionSet } from './conditions.ts';
export * from './types.ts';

export const pingSourceKind = defineKind({
  group: 'sources.knative.dev',
  versions: ['v1', 'v1beta2'],
  storageVersion: 'v1',
  kind: 'PingSource',
  plural: 'pingsources',
  printerColumns: [column('Sink', '.status.sinkUri'), column('Schedule', '.spec.schedule'), ageColumn, ...readyColumns],
  schemas: pingSourceSchemas,
  conditionSet: pingSourceConditionSet,
  applyDefaults: defaultPingSource,
  validate: (resource, context) => validatePingSource(resource as PingSource, context),
  validateUpdate: () => [],
});
