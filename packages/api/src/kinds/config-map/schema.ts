/** JSON Schema of the ConfigMap. */
import type { JsonSchema } from '../schema-check.ts';
import { objectSchema, textMap } from '../shared/schemas.ts';

export const configMapSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    description: 'Settings, by key.',
    more: { data: textMap, binaryData: textMap, immutable: { type: 'boolean' } },
  }),
};
