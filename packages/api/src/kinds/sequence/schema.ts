/** JSON Schema of the Sequence. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { channelTemplateSchema } from '../shared/channel-template.ts';
import { closed, deliverySchema, destinationSchema, objectSchema } from '../shared/schemas.ts';

/** The fields of a destination stand in the step itself. */
const stepSchema = closed(
  {
    ...(destinationSchema['properties'] as { readonly [name: string]: JsonSchema }),
    delivery: { ...deliverySchema, description: 'How events are delivered to this step.' },
  },
  { description: 'A subscriber whose answer is the event of the next step.' },
);

export const sequenceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'flows.knative.dev/v1',
    kind: 'Sequence',
    description: 'Sends an event through steps, one after the other: the answer of each goes on to the next.',
    required: ['spec'],
    more: {
      spec: closed({
        steps: { type: 'array', items: stepSchema, description: 'The steps in their order, at least one.' },
        channelTemplate: { ...channelTemplateSchema, description: 'What the channels between the steps are made of.' },
        reply: { ...destinationSchema, description: 'Gets the answer of the last step.' },
      }),
    },
  }),
};
