/** JSON Schema of the PingSource: v1 and v1beta2 have the same fields. Source: reference section 1.7. */
import type { JsonSchema } from '../schema-check.ts';
import { ceOverridesSchema, closed, destinationSchema, objectSchema, text } from '../shared/schemas.ts';

const spec = closed(
  {
    schedule: { ...text, description: 'Cron: five fields, six with seconds first, or @hourly and the like.' },
    timezone: { ...text, description: 'IANA time zone of the schedule, such as Europe/Paris.' },
    contentType: { ...text, description: 'Media type of the data.' },
    data: { ...text, description: 'Body of each event.' },
    dataBase64: { ...text, description: 'Body of each event, in base64.' },
    sink: { ...destinationSchema, description: 'Where the events go.' },
    ceOverrides: ceOverridesSchema,
  },
  { required: ['sink'] },
);

function schemaOf(version: string): JsonSchema {
  return objectSchema({
    apiVersion: `sources.knative.dev/${version}`,
    kind: 'PingSource',
    description: 'Sends an event with fixed data on a schedule.',
    required: ['spec'],
    more: { spec },
  });
}

export const pingSourceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: schemaOf('v1'),
  v1beta2: schemaOf('v1beta2'),
};
