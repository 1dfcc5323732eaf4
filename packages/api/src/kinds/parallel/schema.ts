/** JSON Schema of the Parallel. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { channelTemplateSchema } from '../shared/channel-template.ts';
import { closed, deliverySchema, destinationSchema, objectSchema } from '../shared/schemas.ts';

const branchSchema = closed(
  {
    filter: {
      ...destinationSchema,
      description: 'Its answer is what the branch gets; no answer: the event is not wanted.',
    },
    subscriber: { ...destinationSchema, description: 'Gets the events of the branch.' },
    reply: { ...destinationSchema, description: "Gets the subscriber's answer, in place of the Parallel's reply." },
    delivery: { ...deliverySchema, description: 'How events are delivered to the subscriber.' },
  },
  { required: ['subscriber'], description: 'A way that every event may take, beside the others.' },
);

export const parallelSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: objectSchema({
    apiVersion: 'flows.knative.dev/v1',
    kind: 'Parallel',
    description: 'Sends each event to all branches whose filter wants it.',
    required: ['spec'],
    more: {
      spec: closed({
        branches: { type: 'array', items: branchSchema, description: 'The branches, at least one.' },
        channelTemplate: { ...channelTemplateSchema, description: 'What the channels of the branches are made of.' },
        reply: { ...destinationSchema, description: 'Gets the answers of branches that have no reply of their own.' },
      }),
    },
  }),
};
