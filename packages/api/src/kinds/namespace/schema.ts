/** JSON Schema of the Namespace. */
import type { JsonSchema } from '../schema-check.ts';
import { objectSchema } from '../shared/schemas.ts';

export const namespaceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'v1',
    kind: 'Namespace',
    description: 'A space of names for other objects.',
    more: { spec: { type: 'object' } },
  }),
};
