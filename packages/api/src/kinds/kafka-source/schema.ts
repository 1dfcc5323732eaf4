/** JSON Schema of the KafkaSource: both versions take the fields of v1, so that neither loses one. Source: reference section 1.7. */
import type { JsonSchema } from '../schema-check.ts';
import { ceOverridesSchema, closed, deliverySchema, destinationSchema, objectSchema, text } from '../shared/schemas.ts';

const secretValue = (description: string): JsonSchema =>
  closed({ secretKeyRef: closed({ name: text, key: text }, { required: ['name', 'key'] }) }, { description });

const flag = (description: string): JsonSchema => ({ type: 'boolean', description });

const net = closed(
  {
    sasl: closed({
      enable: flag('Whether SASL is used.'),
      user: secretValue('User name.'),
      password: secretValue('Password.'),
      type: secretValue('Mechanism: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512.'),
      tokenProvider: secretValue('Of OAUTHBEARER, which is not supported.'),
      roleARN: secretValue('Of OAUTHBEARER, which is not supported.'),
    }),
    tls: closed({
      enable: flag('Whether TLS is used.'),
      cert: secretValue('Client certificate, PEM.'),
      key: secretValue('Key of the client certificate, PEM.'),
      caCert: secretValue("Certificates to trust in place of the system's, PEM."),
    }),
  },
  { description: 'How to come in at the Kafka servers.' },
);

const spec = closed(
  {
    bootstrapServers: { type: 'array', items: text, description: 'Kafka servers, each host:port.' },
    topics: { type: 'array', items: text, description: 'Topics to read.' },
    consumerGroup: { ...text, description: 'Consumer group that holds the position.' },
    consumers: {
      type: 'integer',
      minimum: 0,
      maximum: 2_147_483_647,
      description: 'In a cluster: pods that share the partitions. 0 lets the source rest.',
    },
    initialOffset: {
      ...text,
      enum: ['earliest', 'latest'],
      description: 'Where the source begins when its group has no position.',
    },
    ordering: {
      ...text,
      enum: ['ordered', 'unordered'],
      description: 'Whether records of one key are delivered one after the other.',
    },
    delivery: { ...deliverySchema, description: 'Retries, time limits and the dead letter sink.' },
    net,
    sink: { ...destinationSchema, description: 'Where the events go.' },
    ceOverrides: ceOverridesSchema,
  },
  { required: ['bootstrapServers', 'topics', 'sink'] },
);

function schemaOf(version: string): JsonSchema {
  return objectSchema({
    apiVersion: `sources.knative.dev/${version}`,
    kind: 'KafkaSource',
    description: 'Sends each record of Kafka topics as an event.',
    required: ['spec'],
    more: { spec },
  });
}

export const kafkaSourceSchemas: Readonly<Record<string, JsonSchema>> = {
  v1: schemaOf('v1'),
  v1beta1: schemaOf('v1beta1'),
};
