/** JSON Schema of the KafkaChannel: v1 and v1beta1 have the same fields. Source: reference section 1.6. */
import type { JsonSchema } from '../schema-check.ts';
import { channelableProperties } from '../shared/channelable.ts';
import { closed, objectSchema, text } from '../shared/schemas.ts';

const spec = closed({
  numPartitions: { type: 'integer', description: 'Partitions of the topic.' },
  replicationFactor: { type: 'integer', description: 'Nodes that keep each partition.' },
  retentionDuration: { ...text, description: 'How long the topic keeps events. ISO 8601, such as PT168H.' },
  ...channelableProperties,
});

function schemaOf(version: string): JsonSchema {
  return objectSchema({
    apiVersion: `messaging.knative.dev/${version}`,
    kind: 'KafkaChannel',
    description: 'Keeps events in a topic of Apache Kafka and delivers them to Subscriptions.',
    more: { spec },
  });
}

export const kafkaChannelSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: schemaOf('v1'),
  v1beta1: schemaOf('v1beta1'),
};
