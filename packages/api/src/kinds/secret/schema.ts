/** JSON Schema of the Secret. */
import type { JsonSchema } from '../schema-check.ts';
import { objectSchema, text, textMap } from '../shared/schemas.ts';

export const secretSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'v1',
    kind: 'Secret',
    description: 'Values that are not to be shown, by key.',
    more: { type: text, data: textMap, stringData: textMap, immutable: { type: 'boolean' } },
  }),
};
