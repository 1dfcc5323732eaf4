/** JSON Schema of the core Service: the fields we read; the rest is Kubernetes' and passes. */
import type { JsonSchema } from '../schema-check.ts';
import { objectSchema, text, textMap } from '../shared/schemas.ts';

export const serviceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'v1',
    kind: 'Service',
    description: 'A consumer. Locally, an annotation says where it listens or how it is started.',
    more: {
      spec: {
        type: 'object',
        properties: {
          type: text,
          externalName: text,
          selector: textMap,
          ports: {
            type: 'array',
            items: {
              type: 'object',
              required: ['port'],
              properties: {
                name: text,
                port: { type: 'integer', minimum: 1, maximum: 65_535 },
                targetPort: { type: ['integer', 'string'] },
              },
            },
          },
        },
      },
    },
  }),
};
