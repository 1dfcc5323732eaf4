/** The kind Channel. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { channelConditionSet } from './conditions.ts';
import { defaultChannel } from './defaults.ts';
import { channelSchemas } from './schema.ts';
import type { Channel } from './types.ts';
import { validateChannel, validateChannelUpdate } from './validation.ts';

export { channelConditionSet, genericChannelMarks } from './conditions.ts';
export * from './config.ts';
export * from './types.ts';

export const channelKind = defineKind({
  group: 'messaging.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Channel',
  plural: 'channels',
  shortNames: ['ch'],
  printerColumns: [column('URL', '.status.address.url'), ageColumn, ...readyColumns],
  schemas: channelSchemas,
  conditionSet: channelConditionSet,
  applyDefaults: defaultChannel,
  validate: (resource) => validateChannel(resource as Channel),
  validateUpdate: (before, after) => validateChannelUpdate(before as Channel, after as Channel),
});
