/** The run against a real Kafka: Brokers of class Kafka, KafkaChannels. To be loaded before any file with clauses. */
import { sharedKafka } from '../../servers/index.ts';
import { kafkaChannel, useTarget } from './target.ts';

export const kafka = sharedKafka({ protocols: ['SSL', 'SASL_PLAINTEXT', 'SASL_SSL'] });

const brokerConfig = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'kafka-broker-config',
  namespace: 'knative-eventing',
} as const;

useTarget({
  args: () => ['--log', kafka().url],
  channels: [kafkaChannel],
  brokerClass: 'Kafka',
  brokerConfig,
  async prepare(api) {
    const { apiVersion, kind, name, namespace } = brokerConfig;
    const data = {
      'bootstrap.servers': kafka().servers,
      // A partition for each of a few hundred Brokers is enough for one small node.
      'default.topic.partitions': '1',
      'default.topic.replication.factor': '1',
    };
    await api.make({ apiVersion, kind, metadata: { name, namespace }, data });
  },
});
