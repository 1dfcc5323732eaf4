/** What the servers themselves say they hold: a run whose events never were there would prove nothing about them. */
import { jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { Kafka, logLevel } from 'kafkajs';

/** Records of a topic, by a client of others: the topic of the Broker `default`, unless said otherwise. */
export async function recordsOnKafka(
  { servers }: { readonly servers: string },
  topic = 'knative-broker-default-default',
): Promise<number> {
  const admin = new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const partitions = await admin.fetchTopicOffsets(topic);
    return partitions.reduce((total, { high, low }) => total + Number(high) - Number(low), 0);
  } finally {
    await admin.disconnect();
  }
}

/** Messages of a stream: that of the Broker `default`, unless said otherwise. */
export async function messagesOnNats(
  { servers }: { readonly servers: string },
  stream = 'KN_BROKER_DEFAULT__DEFAULT',
): Promise<number> {
  const connection = await connect({ servers: servers.split(',') });
  try {
    const manager = await jetstreamManager(connection);
    return (await manager.streams.info(stream)).state.messages;
  } finally {
    await connection.close();
  }
}
