/** JSON Schema of the Trigger. Source: reference section 1.3. */
import type { JsonSchema } from '../schema-check.ts';
import { filterDefinitions, filtersSchema, legacyFilterSchema } from '../shared/filters.ts';
import { closed, deliverySchema, destinationSchema, kReferenceSchema, objectSchema, text } from '../shared/schemas.ts';

export const triggerSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    description: 'Delivers the events of a Broker that pass its filters to a subscriber.',
    required: ['spec'],
    $defs: filterDefinitions,
    more: {
      spec: closed(
        {
          broker: { ...text, description: 'The Broker in the same namespace whose events are wanted.' },
          brokerRef: { ...kReferenceSchema, description: 'A Broker, in another namespace too.' },
          filter: legacyFilterSchema,
          filters: filtersSchema,
          subscriber: { ...destinationSchema, description: 'Gets the events. Its answer may be a new event.' },
          delivery: {
            ...deliverySchema,
            description: "Replaces the Broker's delivery completely, dead letter sink apart.",
          },
        },
        { required: ['subscriber'] },
      ),
    },
  }),
};
