/** The kind EventType. */
import { column, defineKind, readyColumns } from '../kind.ts';
import { eventTypeConditionSet } from './conditions.ts';
import { convertEventType } from './conversion.ts';
import { defaultEventType } from './defaults.ts';
import { eventTypeSchemas } from './schema.ts';
import { validateEventType } from './validation.ts';

export { eventTypeConditionSet, eventTypeMarks } from './conditions.ts';
export * from './types.ts';

export const eventTypeKind = defineKind({
  group: 'eventing.knative.dev',
  versions: ['v1beta3', 'v1beta2', 'v1beta1'],
  storageVersion: 'v1beta2',
  kind: 'EventType',
  plural: 'eventtypes',
  printerColumns: [
    column('Type', '.spec.type'),
    column('Source', '.spec.source'),
    column('Schema', '.spec.schema'),
    column('Reference Name', '.spec.reference.name'),
    column('Reference Kind', '.spec.reference.kind'),
    column('Description', '.spec.description'),
    ...readyColumns,
  ],
  schemas: eventTypeSchemas,
  conditionSet: eventTypeConditionSet,
  applyDefaults: defaultEventType,
  validate: validateEventType,
  validateUpdate: () => [],
  convert: convertEventType,
});
