/** Kafka as anybody else uses it: a plain client that writes and reads records and looks at topics. */
import { type IHeaders, Kafka, type KafkaConfig, logLevel, type Message, Partitioners } from 'kafkajs';
import { kafka } from './kafka-target.ts';

export interface Seen {
  readonly key: string | undefined;
  readonly value: string;
  readonly headers: Readonly<Record<string, string>>;
}

function client(more: Partial<KafkaConfig> = {}): Kafka {
  return new Kafka({ brokers: kafka().servers.split(','), logLevel: logLevel.NOTHING, ...more });
}

export async function makeTopic(topic: string, numPartitions = 1): Promise<void> {
  await withAdmin(async (admin) => {
    await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: true });
  });
}

export async function removeTopic(topic: string): Promise<void> {
  await withAdmin((admin) => admin.deleteTopics({ topics: [topic] }));
}

export function topics(): Promise<readonly string[]> {
  return withAdmin((admin) => admin.listTopics());
}

/** Partitions and replication factor of a topic. */
export async function shapeOf(topic: string): Promise<readonly [partitions: number, replicas: number]> {
  const { topics: found } = await withAdmin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  const partitions = found[0]?.partitions ?? [];
  return [partitions.length, partitions[0]?.replicas.length ?? 0];
}

export function groups(): Promise<readonly string[]> {
  return withAdmin(async (admin) => (await admin.listGroups()).groups.map(({ groupId }) => groupId));
}

export async function produce(topic: string, messages: readonly Message[], transactional = false): Promise<void> {
  const options = transactional ? { transactionalId: `t-${topic}`, maxInFlightRequests: 1, idempotent: true } : {};
  const producer = client().producer({ createPartitioner: Partitioners.DefaultPartitioner, ...options });
  await producer.connect();
  try {
    if (!transactional) {
      await producer.send({ topic, acks: -1, messages: [...messages] });
      return;
    }
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [...messages] });
    await transaction.commit();
  } finally {
    await producer.disconnect();
  }
}

/** The first records of a topic, from its beginning. */
export async function consume(topic: string, count: number): Promise<readonly Seen[]> {
  const consumer = client().consumer({ groupId: `read-${topic}-${process.hrtime.bigint()}` });
  const seen: Seen[] = [];
  const enough = Promise.withResolvers<void>();
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      async eachMessage({ message: { key, value, headers } }) {
        seen.push({ key: key?.toString(), value: value?.toString() ?? '', headers: textOf(headers ?? {}) });
        if (seen.length >= count) enough.resolve();
      },
    });
    await enough.promise;
    return seen;
  } finally {
    await consumer.disconnect();
  }
}

function textOf(headers: IHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)]));
}

async function withAdmin<T>(work: (admin: ReturnType<Kafka['admin']>) => Promise<T>): Promise<T> {
  const admin = client().admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}
