/** JSON Schema of the KafkaSink. Source: reference section 1.8. */
import type { JsonSchema } from '../schema-check.ts';
import { closed, objectSchema, text } from '../shared/schemas.ts';

const secretReference = closed({ name: text }, { description: 'A Secret in the same namespace.' });

export const kafkaSinkSchemas: Readonly<Record<string, JsonSchema>> = {
  v1alpha1: objectSchema({
    apiVersion: 'eventing.knative.dev/v1alpha1',
    kind: 'KafkaSink',
    description: 'Takes events at an address and writes each as a record of a Kafka topic.',
    required: ['spec'],
    more: {
      spec: closed(
        {
          topic: { ...text, description: 'The topic that records are written to.' },
          bootstrapServers: {
            type: 'array',
            items: text,
            description: 'Kafka servers, each host:port.',
          },
          numPartitions: {
            type: 'integer',
            maximum: 2_147_483_647,
            description: 'With replicationFactor: the topic is made when it is not there, and goes with the sink.',
          },
          replicationFactor: { type: 'integer', maximum: 32_767, description: 'Copies of each record.' },
          contentMode: {
            ...text,
            enum: ['binary', 'structured'],
            description: 'Attributes as headers of the record (binary), or the whole event as JSON (structured).',
          },
          auth: closed(
            { secret: closed({ ref: secretReference }) },
            { description: 'How to come in at the Kafka servers.' },
          ),
        },
        { required: ['topic', 'bootstrapServers'] },
      ),
    },
  }),
};
