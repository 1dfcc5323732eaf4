/** JSON Schema of the Subscription. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { closed, deliverySchema, destinationSchema, kReferenceSchema, objectSchema } from '../shared/schemas.ts';

export const subscriptionSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'Subscription',
    description: 'Delivers the events of a channel to a subscriber.',
    required: ['spec'],
    more: {
      spec: closed({
        channel: { ...kReferenceSchema, description: 'The channel in the same namespace whose events are wanted.' },
        subscriber: { ...destinationSchema, description: 'Gets the events. Its answer may be a new event.' },
        reply: { ...destinationSchema, description: 'Gets the events that the subscriber answers with.' },
        delivery: {
          ...deliverySchema,
          description: "Replaces the channel's delivery completely, dead letter sink apart.",
        },
      }),
    },
  }),
};
