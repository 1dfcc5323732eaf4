/** The kind KafkaChannel. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { kafkaChannelConditionSet } from './conditions.ts';
import { defaultKafkaChannel } from './defaults.ts';
import { kafkaChannelSchemas } from './schema.ts';
import type { KafkaChannel } from './types.ts';
import { validateKafkaChannel, validateKafkaChannelUpdate } from './validation.ts';

export { kafkaChannelConditionSet, kafkaChannelMarks } from './conditions.ts';
export * from './types.ts';

export const kafkaChannelKind = defineKind({
  group: 'messaging.knative.dev',
  versions: ['v1', 'v1beta1'],
  storageVersion: 'v1beta1',
  kind: 'KafkaChannel',
  plural: 'kafkachannels',
  shortNames: ['kc'],
  printerColumns: [...readyColumns, column('URL', '.status.address.url'), ageColumn],
  schemas: kafkaChannelSchemas,
  conditionSet: kafkaChannelConditionSet,
  applyDefaults: defaultKafkaChannel,
  validate: (resource) => validateKafkaChannel(resource as KafkaChannel),
  validateUpdate: (before, after) => validateKafkaChannelUpdate(before as KafkaChannel, after as KafkaChannel),
});
