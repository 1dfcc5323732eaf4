/** The kind Broker. */
import { ageColumn, column, defineKind, readyColumns } from '../kind.ts';
import { brokerConditionSet } from './conditions.ts';
import { defaultBroker } from './defaults.ts';
import { brokerSchemas } from './schema.ts';
import type { Broker } from './types.ts';
import { validateBroker, validateBrokerUpdate } from './validation.ts';

export * from './classes.ts';
export { brokerConditionSet, brokerConditionSetOf, brokerMarks } from './conditions.ts';
export * from './config.ts';
export * from './types.ts';

export const brokerKind = defineKind({
  group: 'eventing.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Broker',
  plural: 'brokers',
  printerColumns: [
    column('URL', '.status.address.url'),
    ageColumn,
    ...readyColumns,
    column('Class', '.metadata.annotations.eventing\\.knative\\.dev/broker\\.class'),
  ],
  schemas: brokerSchemas,
  conditionSet: brokerConditionSet,
  applyDefaults: defaultBroker,
  validate: (resource, context) => validateBroker(resource as Broker, context),
  validateUpdate: (before, after) => validateBrokerUpdate(before as Broker, after as Broker),
});
