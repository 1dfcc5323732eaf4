/**
 * Kafka as the logs need it, and no more. What stands behind it is in this folder.
 *
 * K1. Nothing here rejects for what the world does: a node that is gone, a topic that is not there, a password that is wrong
 *     are outcomes with a reason. Connections come back by themselves.
 * K2. `produce` resolves as produced only when all in-sync replicas have the records (`acks=all`, idempotent: a retry of
 *     ours does not store them twice). Records of one call are one batch, whole or not at all. Calls for one partition
 *     are stored in their order.
 * K3. Requests for a partition that is gone out of range say so. No position is ever changed here.
 * K4. A member gives a partition up only after `revoked` resolved; when its session may have run out it says `lost` first,
 *     before another one can have the partition.
 * K5. Groups do not wait for each other: what holds one up (Kafka's wait before a first round, a member that does not answer)
 *     delays no other.
 * K6. Who leaves is out of the group at once, also when it had only begun to join: nobody waits for its session to run out.
 */
export type KafkaFailure = {
  readonly kind: 'failed';
  /** Kafka's own name of an error (`UNKNOWN_TOPIC_OR_PARTITION`), or one of ours: `UNREACHABLE`, `CLOSED`, `UNAUTHENTICATED`. */
  readonly code: string;
  /** One sentence for people. */
  readonly reason: string;
};

export type KafkaOutcome<T> = { readonly kind: 'ok'; readonly value: T } | KafkaFailure;

/** A record to store. `headers` is flat: name, value, name, value. */
export interface OutgoingRecord {
  readonly key: Uint8Array | undefined;
  readonly value: Uint8Array | undefined;
  readonly headers: readonly string[];
}

export interface IncomingRecord {
  readonly offset: number;
  readonly timeMs: number;
  readonly key: Buffer | undefined;
  /** A copy of its own: what is kept of a record does not keep the whole answer in memory. */
  readonly value: Buffer | undefined;
  readonly headers: readonly string[];
}

export type ProduceOutcome =
  | { readonly kind: 'produced'; readonly baseOffset: number; readonly timeMs: number }
  | { readonly kind: 'busy' }
  | KafkaFailure;

export interface PartitionInfo {
  readonly partition: number;
  /** Node id; -1 when there is none just now. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

export interface FetchWanted {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly maxBytes: number;
  /** Asked when the answer is there: records before it are known by then, and not read. */
  readonly knownUpTo?: () => number;
}

export interface FetchRequest {
  readonly partitions: readonly FetchWanted[];
  /** How long the broker may wait for the first record; 0: it answers at once. */
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  /** Only records of transactions that were committed. */
  readonly committedOnly: boolean;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** Set when this partition could not be read; `OFFSET_OUT_OF_RANGE` is K3. */
  readonly error?: KafkaFailure;
  /** First offset that is kept, and the one that the next record gets that may be read. */
  readonly start: number;
  readonly end: number;
  readonly records: readonly IncomingRecord[];
  /** Where to go on: behind everything in the answer, records of others (markers) included. */
  readonly next: number;
  /** Bytes of the answer that belong to this partition. */
  readonly bytes: number;
}

export type OffsetTime = 'earliest' | 'latest' | number;

export interface StoredOffset {
  readonly group: string;
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

export interface OffsetToCommit {
  readonly partition: number;
  readonly offset: number;
  readonly metadata: string;
}

/** What a group tells a process that takes part in it. Calls come one at a time but for `lost`. */
export interface MemberListener {
  assigned(partitions: readonly number[]): Promise<void>;
  revoked(partitions: readonly number[]): Promise<void>;
  lost(partitions: readonly number[]): void;
}

export interface Membership {
  /** Partitions that are served here: assigned and neither given back nor lost. */
  readonly partitions: readonly number[];
  /** False when the session may have run out: nothing of the partitions may be stored then (K4). */
  readonly alive: boolean;
  /** Stores offsets as the member that it is: refused when it is not one any more. */
  commit(offsets: readonly OffsetToCommit[]): Promise<KafkaOutcome<void>>;
  /** Gives everything back, in order, and leaves (K6). */
  leave(): Promise<void>;
}

export interface KafkaClient {
  /** The partitions of a topic, by number. */
  describeTopic(topic: string): Promise<KafkaOutcome<readonly PartitionInfo[]>>;
  /** `always`: it belongs to a call of which a part was taken already, so that it is taken too however much waits. */
  produce(
    topic: string,
    partition: number,
    records: readonly OutgoingRecord[],
    always?: boolean,
  ): Promise<ProduceOutcome>;
  /** One round: what could not be read says so itself. */
  fetch(request: FetchRequest): Promise<readonly FetchedPartition[]>;
  /** By partition. A time gives the first offset whose record is of that time or later; -1 when there is none. */
  listOffsets(
    topic: string,
    partitions: readonly number[],
    at: OffsetTime,
    committedOnly: boolean,
  ): Promise<KafkaOutcome<ReadonlyMap<number, number>>>;
  /** What groups have stored of a topic; a partition without an offset is left out. */
  fetchOffsets(
    groups: readonly string[],
    topic: string,
    partitions: readonly number[],
  ): Promise<KafkaOutcome<readonly StoredOffset[]>>;
  /** Stores offsets of a group without members. */
  commitOffsets(group: string, topic: string, offsets: readonly OffsetToCommit[]): Promise<KafkaOutcome<void>>;
  /** Removes what a group has stored of a topic; a group that is not there has nothing. */
  deleteOffsets(group: string, topic: string, partitions: readonly number[]): Promise<KafkaOutcome<void>>;
  join(group: string, topic: string, listener: MemberListener): Membership;
  /** Ends it: appends under way are settled first, everything else is given up. */
  close(): Promise<void>;
}

export interface NewTopic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

export interface ClusterInfo {
  readonly clusterId: string;
  readonly nodes: readonly { readonly id: number; readonly host: string; readonly port: number }[];
}

/** Topics and groups as the control plane deals with them. */
export interface KafkaAdmin {
  describeCluster(): Promise<KafkaOutcome<ClusterInfo>>;
  describeTopic(topic: string): Promise<KafkaOutcome<readonly PartitionInfo[]>>;
  topicConfig(topic: string): Promise<KafkaOutcome<ReadonlyMap<string, string>>>;
  /** `false`: it was there already. */
  createTopic(topic: NewTopic): Promise<KafkaOutcome<boolean>>;
  /** `false`: it was not there. */
  deleteTopic(topic: string): Promise<KafkaOutcome<boolean>>;
  deleteGroups(groups: readonly string[]): Promise<KafkaOutcome<void>>;
  close(): Promise<void>;
}
