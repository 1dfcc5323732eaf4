/** JSON Schema of a Deployment: the fields we read; the rest is Kubernetes' and passes. */
import type { JsonSchema } from '../schema-check.ts';
import { objectSchema, text, textMap } from '../shared/schemas.ts';

const pod: JsonSchema = {
  type: 'object',
  properties: {
    metadata: { type: 'object', properties: { labels: textMap } },
    spec: {
      type: 'object',
      properties: { containers: { type: 'array', items: { type: 'object', properties: { name: text, image: text } } } },
    },
  },
};

export const deploymentSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    description: 'What stands behind a Service in a cluster. Locally only the images are looked at.',
    more: { spec: { type: 'object', properties: { template: pod } } },
  }),
};
