/** JSON Schema of the LogChannel. */
import type { JsonSchema } from '../schema-check.ts';
import { channelableProperties } from '../shared/channelable.ts';
import { closed, objectSchema } from '../shared/schemas.ts';

export const logChannelSchemas: Readonly<Record<string, JsonSchema>> = {
  v1alpha1: objectSchema({
    apiVersion: 'messaging.millrace.dev/v1alpha1',
    kind: 'LogChannel',
    description: 'Keeps events on the log of the installation and delivers them to Subscriptions.',
    more: { spec: closed(channelableProperties) },
  }),
};
