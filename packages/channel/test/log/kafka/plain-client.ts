/** A plain Kafka client for tests: the client library as a user has it, with nothing of ours around it. */
import { createRequire } from 'node:module';
import { setTimeout as wait } from 'node:timers/promises';

interface PlainAdmin {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  deleteTopicRecords(options: {
    topic: string;
    partitions: readonly { readonly partition: number; readonly offset: string }[];
  }): Promise<void>;
  fetchTopicOffsets(topic: string): Promise<readonly { partition: number; low: string; high: string }[]>;
}

interface PlainMessage {
  readonly partition?: number;
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: Readonly<Record<string, string | Buffer>>;
  readonly timestamp?: string;
}

interface PlainProducer {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  send(options: { topic: string; messages: readonly PlainMessage[]; compression?: number }): Promise<unknown>;
  transaction(): Promise<PlainProducer & { commit(): Promise<void>; abort(): Promise<void> }>;
}

interface PlainKafka {
  admin(): PlainAdmin;
  producer(options?: object): PlainProducer;
}

interface PlainLibrary {
  readonly Kafka: new (options: object) => PlainKafka;
  readonly logLevel: { readonly NOTHING: number };
  readonly Partitioners: { readonly DefaultPartitioner: unknown };
  readonly CompressionTypes: Readonly<Record<'None' | 'GZIP' | 'Snappy' | 'LZ4' | 'ZSTD', number>>;
  readonly CompressionCodecs: Record<number, () => unknown>;
}

// The library belongs to the runtime package.
const require = createRequire(new URL('../../../../runtime/package.json', import.meta.url));

export function plainLibrary(): PlainLibrary {
  return require('kafkajs') as PlainLibrary;
}

export function plainModule<T>(name: string): T {
  return require(name) as T;
}

function plainKafka(servers: string): PlainKafka {
  const { Kafka, logLevel } = plainLibrary();
  return new Kafka({ brokers: servers.split(','), logLevel: logLevel.NOTHING, clientId: 'plain' });
}

export async function withProducer<T>(servers: string, action: (producer: PlainProducer) => Promise<T>, options = {}) {
  const { DefaultPartitioner } = plainLibrary().Partitioners;
  const producer = plainKafka(servers).producer({ createPartitioner: DefaultPartitioner, ...options });
  await producer.connect();
  try {
    return await action(producer);
  } finally {
    await producer.disconnect();
  }
}

/** What retention does: everything below `upTo` is gone. The library's request is refused now and then: it is made again. */
export async function takeRecords(servers: string, topic: string, partition: number, upTo: number): Promise<void> {
  const admin = plainKafka(servers).admin();
  await admin.connect();
  try {
    for (let tries = 0; ; tries += 1) {
      const low = (await admin.fetchTopicOffsets(topic)).find((one) => one.partition === partition)?.low;
      if (Number(low) >= upTo) return;
      if (tries === 50) throw new Error(`partition ${partition} of ${topic} still begins at ${low}`);
      const partitions = [{ partition, offset: String(upTo) }];
      await admin.deleteTopicRecords({ topic, partitions }).catch(() => {});
      await wait(20);
    }
  } finally {
    await admin.disconnect();
  }
}
