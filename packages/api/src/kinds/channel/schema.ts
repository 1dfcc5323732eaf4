/** JSON Schema of the Channel. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { channelTemplateSchema } from '../shared/channel-template.ts';
import { channelableProperties } from '../shared/channelable.ts';
import { closed, objectSchema } from '../shared/schemas.ts';

export const channelSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'messaging.knative.dev/v1',
    kind: 'Channel',
    description: 'A channel of the kind that its template, or the default of the installation, names.',
    more: { spec: closed({ channelTemplate: channelTemplateSchema, ...channelableProperties }) },
  }),
};
