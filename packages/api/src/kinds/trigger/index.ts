/** The kind Trigger. */
import { ageColumn, column, defineKind, readyColumns, wideColumn } from '../kind.ts';
import { triggerConditionSet } from './conditions.ts';
import { defaultTrigger } from './defaults.ts';
import { triggerSchemas } from './schema.ts';
import type { Trigger } from './types.ts';
import { validateTrigger, validateTriggerUpdate } from './validation.ts';

export { triggerConditionSet, triggerMarks } from './conditions.ts';
export * from './types.ts';

export const triggerKind = defineKind({
  group: 'eventing.knative.dev',
  versions: ['v1'],
  storageVersion: 'v1',
  kind: 'Trigger',
  plural: 'triggers',
  printerColumns: [
    column('Broker', '.spec.broker'),
    column('Subscriber_URI', '.status.subscriberUri'),
    ageColumn,
    ...readyColumns,
    wideColumn('State', '.status.delivery.state'),
    wideColumn('Position', '.status.delivery.position', 'integer'),
    wideColumn('Lag', '.status.delivery.lag', 'integer'),
    wideColumn('In_Flight', '.status.delivery.inFlight', 'integer'),
    wideColumn('Oldest_s', '.status.delivery.oldestUnsettledSeconds', 'integer'),
  ],
  schemas: triggerSchemas,
  conditionSet: triggerConditionSet,
  applyDefaults: defaultTrigger,
  validate: (resource) => validateTrigger(resource as Trigger),
  validateUpdate: (before, after) => validateTriggerUpdate(before as Trigger, after as Trigger),
});
