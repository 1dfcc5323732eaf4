/** The kind LogChannel. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { logChannelConditionSet } from './conditions.ts';
import { defaultLogChannel } from './defaults.ts';
import { logChannelSchemas } from './schema.ts';
import { type LogChannel, logChannelGroup } from './types.ts';
import { validateLogChannel } from './validation.ts';

export { logChannelConditionSet, logChannelMarks } from './conditions.ts';
export * from './types.ts';

export const logChannelKind = defineKind({
  group: logChannelGroup,
  versions: ['v1alpha1'],
  storageVersion: 'v1alpha1',
  kind: 'LogChannel',
  plural: 'logchannels',
  shortNames: ['lc'],
  printerColumns: [column('URL', '.status.address.url'), ageColumn, ...readyColumns],
  schemas: logChannelSchemas,
  conditionSet: logChannelConditionSet,
  applyDefaults: defaultLogChannel,
  validate: (resource) => validateLogChannel(resource as LogChannel),
  validateUpdate: () => [],
});
