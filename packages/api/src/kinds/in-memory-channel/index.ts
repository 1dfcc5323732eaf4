/** The kind InMemoryChannel. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { inMemoryChannelConditionSet } from './conditions.ts';
import { defaultInMemoryChannel } from './defaults.ts';
import { inMemoryChannelSchemas } from './schema.ts';
import type { InMemoryChannel } from './types.ts';
import { validateInMemoryChannel } from './validation.ts';

export { inMemoryChannelConditionSet, inMemoryChannelMarks } from './conditions.ts';
export * from './types.ts';

export const inMemoryChannelKind = defineKind({
  group: 'messaging.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'InMemoryChannel',
  plural: 'inmemorychannels',
  shortNames: ['imc'],
  printerColumns: [column('URL', '.status.address.url'), ageColumn, ...readyColumns],
  schemas: inMemoryChannelSchemas,
  conditionSet: inMemoryChannelConditionSet,
  applyDefaults: defaultInMemoryChannel,
  validate: (resource) => validateInMemoryChannel(resource as InMemoryChannel),
  validateUpdate: () => [],
});
