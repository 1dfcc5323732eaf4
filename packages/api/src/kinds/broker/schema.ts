/** JSON Schema of the Broker. Source: reference section 1.2. */
import type { JsonSchema } from '../schema-check.ts';
import { closed, deliverySchema, kReferenceSchema, objectSchema } from '../shared/schemas.ts';

export const brokerSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    description: 'Takes events at an address, keeps them on a log, and lets Triggers take those they want.',
    more: {
      spec: closed({
        config: { ...kReferenceSchema, description: "Configuration of the Broker's class." },
        delivery: { ...deliverySchema, description: 'Delivery for Triggers that have none of their own.' },
      }),
    },
  }),
};
