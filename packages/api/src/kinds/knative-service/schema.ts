/** JSON Schema of Knative's Service: the fields we read; the rest is Serving's and passes. */
import type { JsonSchema } from '../schema-check.ts';
import { objectSchema, text } from '../shared/schemas.ts';

const textList: JsonSchema = { type: 'array', items: text };

const container: JsonSchema = {
  type: 'object',
  properties: {
    name: text,
    image: text,
    command: textList,
    args: textList,
    env: {
      type: 'array',
      items: { type: 'object', required: ['name'], properties: { name: text, value: text } },
    },
  },
};

export const knativeServiceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'serving.knative.dev/v1',
    kind: 'Service',
    description: 'A consumer. Locally, an annotation says where it listens or how it is started.',
    more: {
      spec: {
        type: 'object',
        properties: {
          template: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { containers: { type: 'array', items: container } } },
            },
          },
        },
      },
    },
  }),
};
