/**
 * The log on a Kafka topic.
 *
 * F1. An append resolves when all in-sync replicas have it. Records without a key of one call go to one partition, as one
 *     batch; calls made while a request is under way share a partition, so that batches are long.
 * F2. Processes that share the topic are members of one group (L6). Appending is not shared: every process appends to all.
 * F3. Retention is the topic's own, and Kafka knows nothing of cursors: where it took what a cursor had not settled,
 *     `out-of-range` says so, and no position is moved here (L5 cannot be held).
 */
import { sizeOfEvent } from '@millrace/api';
import {
  type IncomingRecord,
  type KafkaClient,
  type Membership,
  type OutgoingRecord,
  type ProduceOutcome,
  partitionOfKey,
} from '@millrace/runtime';
import type {
  AppendOutcome,
  CommitOutcome,
  CursorCommit,
  EventLog,
  LogRecord,
  NewRecord,
  Offset,
  PartitionListener,
  PartitionRange,
  ReadLimit,
  ReadOutcome,
  StoredCursors,
} from '../log.ts';
import { copyOfCommit } from '../retention.ts';
import type { RecordCache } from './cache.ts';
import { encodeRecord, placed } from './codec.ts';
import { Cursors } from './cursors.ts';
import type { Followed, Follower } from './follower.ts';
import { busyRetryAfterMs, type KafkaLogLimits } from './limits.ts';
import { PartitionState } from './partition.ts';
import { TopicReader } from './reading.ts';

export interface KafkaLogPorts {
  readonly client: KafkaClient;
  readonly limits: KafkaLogLimits;
  readonly cache: RecordCache;
  readonly follower: Follower;
  readonly topic: string;
  readonly group: string;
  readonly contentMode: 'binary' | 'structured';
  readonly committedOnly: boolean;
  /** Undefined: the record is no event; that was counted and told. */
  toRecord(incoming: IncomingRecord, partition: number, timeMs: number): LogRecord | undefined;
  nowMs(): number;
  /** Calls after that time until it is ended. */
  every(delayMs: number, action: () => void): () => void;
}

interface Part {
  readonly partition: number;
  readonly records: OutgoingRecord[];
  readonly sources: NewRecord[];
  /** Where each record was in the call. */
  readonly places: number[];
}

export class KafkaLog implements EventLog, Followed {
  readonly name: string;
  readonly committedOnly: boolean;
  readonly topic: string;
  readonly #ports: KafkaLogPorts;
  readonly #states: PartitionState[];
  readonly #reader: TopicReader;
  readonly #cursors: Cursors;
  readonly #listeners = new Set<() => void>();
  readonly #endFollowing: () => void;
  readonly #endRefreshing: () => void;
  #membership: Membership | undefined;
  /** Left the group: nothing is served any more. */
  #left = false;
  #closed = false;
  #underWay = 0;
  #idle: (() => void)[] = [];
  #turn = 0;
  #turnTaken = false;
  #telling: Promise<void> | undefined;

  private constructor(name: string, ports: KafkaLogPorts, partitions: number) {
    this.name = name;
    this.topic = ports.topic;
    this.committedOnly = ports.committedOnly;
    this.#ports = ports;
    this.#states = Array.from({ length: partitions }, (_, number) => new PartitionState(number, ports));
    this.#reader = new TopicReader(ports);
    this.#cursors = new Cursors({
      client: ports.client,
      topic: ports.topic,
      group: ports.group,
      metadataBytes: ports.limits.metadataBytes,
      membership: () => this.#membership,
      partitions: () => this.partitions,
      allPartitions: () => this.allPartitions,
    });
    this.#endFollowing = ports.follower.add(this);
    this.#endRefreshing = ports.every(ports.limits.refreshMs, () => void this.#cursors.refresh());
  }

  /** Throws when the topic's ends are not told. */
  static async open(name: string, ports: KafkaLogPorts, partitions: number): Promise<KafkaLog> {
    const log = new KafkaLog(name, ports, partitions);
    const reason = await log.refresh(log.#states);
    if (reason === undefined) return log;
    await log.close();
    throw new Error(`the log on topic ${ports.topic} cannot be opened: ${reason}`);
  }

  get partitions(): readonly number[] {
    if (this.#left) return [];
    return this.#membership?.partitions ?? this.allPartitions;
  }

  get allPartitions(): readonly number[] {
    return this.#states.map((state) => state.number);
  }

  /** Groups that hold something of this log, as far as it is known. */
  get groups(): readonly string[] {
    return [...this.#cursors.names(), this.#ports.group];
  }

  readonly share = (listener: PartitionListener): (() => Promise<void>) => {
    const membership = this.#ports.client.join(this.#ports.group, this.topic, {
      assigned: async (partitions) => {
        const states = partitions.map((partition) => this.#state(partition));
        const reason = await this.refresh(states);
        if (reason !== undefined) throw new Error(reason);
        await listener.assigned(partitions);
      },
      revoked: async (partitions) => {
        await listener.revoked(partitions);
        await this.#cursors.idle();
      },
      lost: (partitions) => listener.lost(partitions),
    });
    this.#membership = membership;
    return async () => {
      await membership.leave();
      this.#left = true;
      this.#membership = undefined;
    };
  };

  async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    if (this.#closed) return { kind: 'failed', reason: `log ${this.name} is closed` };
    if (records.length === 0) return { kind: 'appended', positions: [] };
    const parts = this.#parts(records);
    this.#underWay += 1;
    try {
      const produced = parts.map(({ partition, records: outgoing }, at) =>
        this.#ports.client.produce(this.topic, partition, outgoing, at > 0),
      );
      const [only] = produced;
      const outcomes = produced.length === 1 && only !== undefined ? [await only] : await Promise.all(produced);
      const outcome = this.#outcome(parts, outcomes, records.length);
      if (outcome.kind === 'appended') await this.#tell();
      return outcome;
    } finally {
      this.#underWay -= 1;
      if (this.#underWay === 0) for (const resolve of this.#idle.splice(0)) resolve();
    }
  }

  read(partition: number, from: Offset, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    if (this.#closed) return { kind: 'failed', reason: `log ${this.name} is closed` };
    return this.#reader.read(this.#state(partition), from, limit);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  range(partition: number): PartitionRange {
    return this.#state(partition).range;
  }

  async offsetAt(partition: number, timeMs: number): Promise<Offset> {
    const state = this.#state(partition);
    const outcome = await this.#ports.client.listOffsets(this.topic, [partition], timeMs, this.committedOnly);
    if (outcome.kind === 'failed') throw new Error(`the offset of a time is not known: ${outcome.reason}`);
    const offset = outcome.value.get(partition) ?? -1;
    if (offset >= 0) return offset;
    const reason = await this.refresh([state]);
    if (reason !== undefined) throw new Error(`the end of partition ${partition} is not known: ${reason}`);
    return state.end;
  }

  loadCursors(names: readonly string[]): Promise<StoredCursors> {
    return this.#cursors.load(names);
  }

  commit(change: CursorCommit): Promise<CommitOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'failed', reason: `log ${this.name} is closed` });
    return this.#cursors.commit(copyOfCommit(change));
  }

  /** F3 */
  setRetention(): void {}

  /** F3 */
  async trim(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#endFollowing();
    this.#endRefreshing();
    if (this.#underWay > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    await this.#cursors.idle();
    for (const state of this.#states) state.forget();
  }

  states(): readonly PartitionState[] {
    return this.partitions.map((partition) => this.#state(partition));
  }

  told(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  refresh(states: readonly PartitionState[]): Promise<string | undefined> {
    return this.#reader.refresh(states);
  }

  /** Everybody once for all appends that were acknowledged together. */
  #tell(): Promise<void> {
    this.#telling ??= Promise.resolve().then(() => {
      this.#telling = undefined;
      this.told();
    });
    return this.#telling;
  }

  #state(partition: number): PartitionState {
    const state = this.#states[partition];
    if (state !== undefined) return state;
    if (!this.#membership?.partitions.includes(partition)) {
      throw new RangeError(`log ${this.name} has no partition ${partition}`);
    }
    // Somebody gave the topic more partitions, and the group shares them too.
    while (this.#states.length <= partition) this.#states.push(new PartitionState(this.#states.length, this.#ports));
    return this.#states[partition] as PartitionState;
  }

  #parts(records: readonly NewRecord[]): readonly Part[] {
    const { contentMode } = this.#ports;
    const parts: Part[] = [];
    records.forEach((record, at) => {
      const outgoing = encodeRecord(record, contentMode);
      const partition =
        outgoing.key === undefined ? this.#nextPartition() : partitionOfKey(outgoing.key, this.#states.length);
      let part = parts.find((one) => one.partition === partition);
      if (part === undefined) {
        part = { partition, records: [], sources: [], places: [] };
        parts.push(part);
      }
      part.records.push(outgoing);
      part.sources.push(record);
      part.places.push(at);
    });
    return parts;
  }

  /** F1. The turn goes on when a request was answered: see `#outcome`. */
  #nextPartition(): number {
    this.#turnTaken = true;
    return this.#turn % this.#states.length;
  }

  #outcome(parts: readonly Part[], outcomes: readonly ProduceOutcome[], count: number): AppendOutcome {
    if (this.#turnTaken) {
      this.#turnTaken = false;
      this.#turn += 1;
    }
    const positions: { readonly partition: number; readonly offset: Offset }[] = new Array(count);
    const nowMs = this.#ports.nowMs();
    let failed: AppendOutcome | undefined;
    parts.forEach((part, at) => {
      const outcome = outcomes[at];
      if (outcome?.kind === 'produced') {
        this.#appended(part, outcome.baseOffset, outcome.timeMs, nowMs);
        part.places.forEach((place, delta) => {
          positions[place] = { partition: part.partition, offset: outcome.baseOffset + delta };
        });
      } else if (outcome?.kind === 'busy') failed ??= { kind: 'busy', retryAfterMs: busyRetryAfterMs };
      else failed = { kind: 'failed', reason: outcome?.reason ?? 'no answer' };
    });
    return failed ?? { kind: 'appended', positions };
  }

  #appended({ partition, sources }: Part, base: Offset, timeMs: number, nowMs: number): void {
    const state = this.#states[partition];
    if (state === undefined) return;
    if (!state.followed) {
      state.advanced(base, sources, nowMs);
      return;
    }
    const records = sources.map(({ event: source, headers, key }, delta): LogRecord => {
      const offset = base + delta;
      const event = placed(source, partition, offset);
      const bytes = sizeOfEvent(event);
      return { event, headers, ...(key === undefined ? {} : { key }), partition, offset, timeMs, bytes };
    });
    state.appended(records, base, nowMs);
  }
}
