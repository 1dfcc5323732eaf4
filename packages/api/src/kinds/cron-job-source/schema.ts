/** JSON Schema of the CronJobSource. Source: reference section 6.13. */
import type { JsonSchema } from '../schema-check.ts';
import { closed, destinationSchema, kReferenceSchema, objectSchema, text } from '../shared/schemas.ts';

const sink = closed(
  {
    ...(kReferenceSchema['properties'] as { readonly [name: string]: JsonSchema }),
    ...(destinationSchema['properties'] as { readonly [name: string]: JsonSchema }),
  },
  { description: 'Where the events go: apiVersion, kind and name of an object, or ref and uri.' },
);

export const cronJobSourceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1alpha1: objectSchema({
    apiVersion: 'sources.eventing.knative.dev/v1alpha1',
    kind: 'CronJobSource',
    description: 'Sends an event with fixed data on a schedule. Superseded by PingSource.',
    required: ['spec'],
    more: {
      spec: closed(
        {
          schedule: { ...text, description: 'Cron: five fields, six with seconds first, or @hourly and the like.' },
          data: { ...text, description: 'Body of each event; text that is not JSON is wrapped in a JSON object.' },
          serviceAccountName: { ...text, description: 'Accepted; nothing runs under it in local mode.' },
          sink,
        },
        { required: ['schedule', 'sink'] },
      ),
    },
  }),
};
