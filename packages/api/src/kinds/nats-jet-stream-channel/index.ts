/** The kind NatsJetStreamChannel. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { natsJetStreamChannelConditionSet } from './conditions.ts';
import { defaultNatsJetStreamChannel } from './defaults.ts';
import { natsJetStreamChannelSchemas } from './schema.ts';
import type { NatsJetStreamChannel } from './types.ts';
import { validateNatsJetStreamChannel } from './validation.ts';

export { natsJetStreamChannelConditionSet, natsJetStreamChannelMarks } from './conditions.ts';
export * from './types.ts';

export const natsJetStreamChannelKind = defineKind({
  group: 'messaging.knative.dev',
  versions: ['v1alpha1'],
  storageVersion: 'v1alpha1',
  kind: 'NatsJetStreamChannel',
  plural: 'natsjetstreamchannels',
  shortNames: ['natsjsmc'],
  printerColumns: [...readyColumns, column('URL', '.status.address.url'), ageColumn],
  schemas: natsJetStreamChannelSchemas,
  conditionSet: natsJetStreamChannelConditionSet,
  applyDefaults: defaultNatsJetStreamChannel,
  validate: (resource) => validateNatsJetStreamChannel(resource as NatsJetStreamChannel),
  validateUpdate: () => [],
});
