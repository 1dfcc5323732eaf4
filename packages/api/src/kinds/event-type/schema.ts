/** JSON Schema of the EventType's three versions. Source: reference section 1.4. */
import type { JsonSchema } from '../schema-check.ts';
import { closed, kReferenceSchema, objectSchema, text } from '../shared/schemas.ts';

const reference = { ...kReferenceSchema, description: 'The object the events come from, such as a Broker.' };
const description = { ...text, description: 'What such an event means.' };

const older = closed(
  {
    type: { ...text, description: 'The CloudEvents type.' },
    source: { ...text, description: 'The CloudEvents source.' },
    schema: { ...text, description: 'URL of a schema of the data.' },
    schemaData: { ...text, description: 'The schema itself.' },
    broker: { ...text, description: 'Deprecated: name of a Broker. Use reference.' },
    reference,
    description,
  },
  { required: ['type'] },
);

const newer = closed({
  reference,
  description,
  attributes: {
    type: 'array',
    items: closed({ name: text, required: { type: 'boolean' }, value: text }, { required: ['name'] }),
    description: 'Attributes of such an event; type, source, specversion and id must be among them.',
  },
});

function schemaOf(version: string, spec: JsonSchema): JsonSchema {
  return objectSchema({
    apiVersion: `eventing.knative.dev/${version}`,
    kind: 'EventType',
    description: 'Describes a type of event that can be had.',
    required: ['spec'],
    more: { spec },
  });
}

export const eventTypeSchemas: Readonly<Record<string, JsonSchema>> = {
  v1beta1: schemaOf('v1beta1', older),
  v1beta2: schemaOf('v1beta2', older),
  v1beta3: schemaOf('v1beta3', newer),
};
