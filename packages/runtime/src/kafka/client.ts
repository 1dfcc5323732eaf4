/** The client port on `@platformatic/kafka`'s connections and requests. */
import { Cluster, type KafkaClientOptions } from './cluster.ts';
import { asKafkaError, failure } from './errors.ts';
import { commitOffsets, deleteOffsets, fetchOffsets } from './group-offsets.ts';
import { defaultKafkaLimits } from './limits.ts';
import { Member } from './member.ts';
import type {
  FetchedPartition,
  FetchRequest,
  KafkaClient,
  KafkaOutcome,
  MemberListener,
  Membership,
  OffsetTime,
  OffsetToCommit,
  OutgoingRecord,
  PartitionInfo,
  ProduceOutcome,
  StoredOffset,
} from './port.ts';
import { Producer } from './producer.ts';
import { fetchOnce, listOffsets } from './reading.ts';

export function createClient(options: KafkaClientOptions): KafkaClient {
  return new Client(options);
}

class Client implements KafkaClient {
  readonly #cluster: Cluster;
  readonly #producer: Producer;

  constructor(options: KafkaClientOptions) {
    this.#cluster = new Cluster(options, { ...defaultKafkaLimits, ...options.limits });
    this.#producer = new Producer(this.#cluster);
  }

  describeTopic(topic: string): Promise<KafkaOutcome<readonly PartitionInfo[]>> {
    // A topic that is not there is said to be so at once: whoever asks decides what that means.
    const read = async () => {
      try {
        return { kind: 'there', partitions: await this.#cluster.refresh(topic) } as const;
      } catch (thrown) {
        const error = asKafkaError(thrown, `topic ${topic}`);
        if (error.code === 'UNKNOWN_TOPIC_OR_PARTITION') return { kind: 'absent', error } as const;
        throw error;
      }
    };
    return this.#outcome(`topic ${topic}`, async () => {
      const found = await this.#cluster.retrying(`topic ${topic}`, read);
      if (found.kind === 'absent') throw found.error;
      return found.partitions;
    });
  }

  produce(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
    always = false,
  ): Promise<ProduceOutcome> {
    return this.#producer.produce(topic, partition, records, always);
  }

  fetch(request: FetchRequest): Promise<readonly FetchedPartition[]> {
    return fetchOnce(this.#cluster, request);
  }

  listOffsets(
    topic: string,
    partitions: readonly number[],
    at: OffsetTime,
    committedOnly: boolean,
  ): Promise<KafkaOutcome<ReadonlyMap<number, number>>> {
    return this.#outcome(`the offsets of ${topic}`, () =>
      listOffsets(this.#cluster, topic, partitions, at, committedOnly),
    );
  }

  fetchOffsets(
    groups: readonly string[],
    topic: string,
    partitions: readonly number[],
  ): Promise<KafkaOutcome<readonly StoredOffset[]>> {
    return this.#outcome('the offsets of groups', () => fetchOffsets(this.#cluster, groups, topic, partitions));
  }

  commitOffsets(group: string, topic: string, offsets: readonly OffsetToCommit[]): Promise<KafkaOutcome<void>> {
    return this.#outcome(`group ${group}`, () => commitOffsets(this.#cluster, group, topic, offsets));
  }

  deleteOffsets(group: string, topic: string, partitions: readonly number[]): Promise<KafkaOutcome<void>> {
    return this.#outcome(`group ${group}`, () => deleteOffsets(this.#cluster, group, topic, partitions));
  }

  join(group: string, topic: string, listener: MemberListener): Membership {
    return new Member(this.#cluster, group, topic, listener);
  }

  async close(): Promise<void> {
    await this.#producer.flush();
    await this.#cluster.close();
    this.#producer.abandon();
  }

  async #outcome<T>(what: string, action: () => Promise<T>): Promise<KafkaOutcome<T>> {
    try {
      return { kind: 'ok', value: await action() };
    } catch (error) {
      return failure(asKafkaError(error, what));
    }
  }
}
