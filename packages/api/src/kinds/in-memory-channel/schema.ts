/** JSON Schema of the InMemoryChannel. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { channelableProperties } from '../shared/channelable.ts';
import { closed, objectSchema } from '../shared/schemas.ts';

export const inMemoryChannelSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'InMemoryChannel',
    description: 'Delivers events to Subscriptions out of memory: they are gone when the process ends.',
    more: { spec: closed(channelableProperties) },
  }),
};
