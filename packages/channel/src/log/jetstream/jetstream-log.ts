/**
 * A log in one JetStream stream: offsets are stream sequences, there is one partition.
 *
 * How the rules of the log port are held:
 *
 * - L1: an append is acknowledged when the server acknowledged all of its messages; what was not acknowledged is tried again
 *   with the same message ids (appender.ts).
 * - L2, L3: sequences are the server's. A start below the stream's first sequence, where a consumer would silently jump, is
 *   answered `out-of-range`: whenever the first message read is not the one asked for, the stream is asked where it begins.
 * - L4: a commit is one write, which the server refuses when another one came between (cursor-store.ts).
 * - L5: trim.ts. Only for streams that are ours: others are kept by whoever made them.
 * - L6: one process dispatches, others append (lease.ts). Without `share` there is no lease, and the log is this process's.
 *
 * There is no durable consumer with acknowledgements. What it would do is done by positions: reads ask for a bounded number
 * of messages from a sequence on, so that nothing is in flight that was not asked for and a slow reader makes nothing pile
 * up or be dropped; a delivery may take as long as it likes, since no acknowledgement is waited for and nothing has to be
 * told about progress; and after a crash what no stored cursor state has settled is read again. A durable consumer would
 * keep one position with a bounded set of acknowledgements for each cursor, and read the stream once for each of them.
 */
import { sizeOfEvent } from '@millrace/api';
import type { Clock, Logger, NatsBucket, NatsClient, NatsStreamFacts } from '@millrace/runtime';
import { Collector } from '../collect.ts';
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
  Retention,
  StoredCursors,
} from '../log.ts';
import { Appender } from './appender.ts';
import { CursorStore } from './cursor-store.ts';
import { Lease } from './lease.ts';
import type { JetStreamLimits } from './limits.ts';
import { decodeMessage } from './message.ts';
import { keysOf } from './names.ts';
import { Tail, type TailBudget } from './tail.ts';
import { Trimmer } from './trim.ts';
import { Watcher } from './watch.ts';

export interface JetStreamLogOptions {
  readonly name: string;
  readonly client: NatsClient;
  readonly bucket: NatsBucket;
  readonly stream: string;
  readonly subject: string;
  readonly facts: NatsStreamFacts;
  readonly retention: Retention;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: JetStreamLimits;
  readonly tails: TailBudget;
  /** Unique among processes. */
  readonly owner: string;
  /** Unique among logs and openings of a log. */
  readonly identity: string;
  /** Gives the stream new limits; absent where it is not ours. */
  readonly configure?: (retention: Retention) => Promise<void>;
}

const noRecords: readonly LogRecord[] = [];

export class JetStreamLog implements EventLog {
  readonly name: string;
  readonly #options: JetStreamLogOptions;
  readonly #appender: Appender;
  readonly #cursors: CursorStore;
  readonly #tail: Tail;
  readonly #watcher: Watcher;
  readonly #trimmer: Trimmer;
  readonly #listeners = new Set<() => void>();
  readonly #endConnection: () => void;
  #lease: Lease | undefined;
  #retention: Retention;
  #configuring: Promise<void> = Promise.resolve();
  #start: Offset = 1;
  #end: Offset = 1;
  #bytes = 0;
  /** Of the last record that is known, so that times do not shrink when a clock is set back. */
  #lastMs = 0;
  #messageBytesMax = 0;
  #closed = false;

  constructor(options: JetStreamLogOptions) {
    const { client, clock, limits, stream, subject, identity, bucket, owner } = options;
    this.name = options.name;
    this.#options = options;
    this.#retention = options.retention;
    this.#tail = new Tail(limits, options.tails);
    this.#seen(options.facts);
    this.#appender = new Appender(
      {
        ...{ client, clock, limits, subject, identity },
        configured: () => this.#configuring,
        messageBytesMax: () => this.#messageBytesMax,
        stored: (records, sequences, sentMs) => this.#stored(records, sequences, sentMs),
        makeRoom: (bytes) => this.#makeRoom(bytes),
      },
      options.facts.config['allow_atomic'] === true,
    );
    this.#cursors = new CursorStore({
      ...{ bucket, clock, limits, owner },
      keys: keysOf(options.name),
      shared: () => this.#lease !== undefined,
      fenced: () => this.#lease?.lose(),
    });
    this.#watcher = new Watcher({
      ...{ client, clock, limits, stream },
      end: () => this.#end,
      reaches: (end) => this.#reaches(end),
    });
    this.#trimmer = new Trimmer({
      ...{ client, clock, limits, stream },
      retention: () => this.#retention,
      holding: () => this.#holding(),
      seen: (facts) => this.#seen(facts),
    });
    this.#endConnection = client.onConnection((connected) => {
      this.#watcher.restart();
      if (connected) void this.#look();
    });
  }

  get partitions(): readonly number[] {
    return this.#lease === undefined || this.#lease.held ? [0] : [];
  }

  readonly share = (listener: PartitionListener): (() => Promise<void>) => {
    const { bucket, clock, limits, owner } = this.#options;
    const lease = new Lease(
      { bucket, clock, limits, owner, keys: keysOf(this.name), claim: () => this.#cursors.claim() },
      listener,
    );
    this.#lease = lease;
    return () => lease.stop();
  };

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    return this.#appender.append(records);
  }

  read(partition: number, from: Offset, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    this.#known(partition);
    if (this.#closed) return { kind: 'failed', reason: `log ${this.name} is closed` };
    if (from < this.#start) return { kind: 'out-of-range', start: this.#start, end: this.#end };
    if (from >= this.#end) {
      this.#watcher.wanted();
      this.#tail.reachedEnd(from);
      return { kind: 'records', records: noRecords, next: from };
    }
    const records = this.#tail.read(from, limit);
    const last = records.at(-1);
    return last ? { kind: 'records', records, next: last.offset + 1 } : this.#fetch(from, limit);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  range(partition: number): PartitionRange {
    this.#known(partition);
    return { partition, start: this.#start, end: this.#end, bytes: this.#bytes };
  }

  async offsetAt(partition: number, timeMs: number): Promise<Offset> {
    this.#known(partition);
    // What is in memory has the time it was sent at until it is read from the stream, whose server has a clock of its own.
    const { start, oldestMs = Number.POSITIVE_INFINITY } = this.#tail;
    if (timeMs > oldestMs || (timeMs === oldestMs && start === this.#start)) return this.#tail.at(timeMs) ?? this.#end;
    const found = await this.#options.client.firstAt(this.#options.stream, timeMs);
    if (found.kind !== 'ok') throw new Error(`the stream ${this.#options.stream} cannot be asked: ${found.reason}`);
    return found.value?.sequence ?? this.#end;
  }

  loadCursors(_names: readonly string[]): Promise<StoredCursors> {
    return this.#cursors.load();
  }

  commit(change: CursorCommit): Promise<CommitOutcome> {
    if (this.#lease !== undefined && !this.#lease.held) {
      return Promise.resolve({ kind: 'failed', reason: `log ${this.name} is dispatched by another process` });
    }
    return this.#cursors.commit(change);
  }

  setRetention(retention: Retention): void {
    this.#retention = retention;
    const { configure } = this.#options;
    if (configure && !this.#closed) this.#configuring = this.#configuring.then(() => configure(retention));
  }

  async trim(): Promise<number> {
    this.#tail.letGo();
    const ours = this.#options.configure !== undefined && this.partitions.length > 0;
    if (this.#closed || !ours) return 0;
    await this.#configuring;
    return this.#trimmer.trim();
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#lease?.stop();
    await Promise.all([this.#appender.close(), this.#cursors.close(), this.#configuring]);
    this.#watcher.close();
    this.#tail.clear();
    this.#endConnection();
    this.#listeners.clear();
  }

  #known(partition: number): void {
    if (partition !== 0) throw new RangeError(`log ${this.name} has no partition ${partition}`);
  }

  #stored(records: readonly NewRecord[], sequences: readonly number[], sentMs: number): void {
    const timeMs = Math.max(sentMs, this.#lastMs);
    this.#lastMs = timeMs;
    const kept: LogRecord[] = [];
    for (let at = 0; at < records.length; at += 1) {
      const { event, headers, key } = records[at] as NewRecord;
      const bytes = sizeOfEvent(event);
      const base = { event, headers, partition: 0, offset: sequences[at] as number, timeMs, bytes };
      kept.push(key === undefined ? base : { ...base, key });
      this.#bytes += bytes;
    }
    // Only a run that the log's end is known to join: what is before it may be another process's.
    this.#tail.add(kept.sort((a, b) => a.offset - b.offset));
    this.#watcher.appended();
    this.#reaches((kept.at(-1)?.offset ?? 0) + 1);
    this.#tail.trim();
  }

  #reaches(end: Offset): void {
    if (end <= this.#end) return;
    this.#end = end;
    for (const listener of [...this.#listeners]) listener();
  }

  #seen(facts: NatsStreamFacts): void {
    const end = facts.lastSequence + 1;
    this.#start = Math.max(this.#start, facts.messages === 0 ? end : facts.firstSequence);
    this.#bytes = facts.bytes;
    this.#lastMs = Math.max(this.#lastMs, facts.lastTimeMs);
    const own = Number(facts.config['max_msg_size'] ?? -1);
    const { maxPayloadBytes } = this.#options.client.server;
    this.#messageBytesMax = own > 0 ? Math.min(own, maxPayloadBytes) : maxPayloadBytes;
    this.#tail.dropBelow(this.#start);
    this.#reaches(end);
  }

  async #look(): Promise<boolean> {
    const { client, stream } = this.#options;
    const answer = await client.stream(stream);
    if (answer.kind !== 'ok' || answer.value === undefined) return false;
    this.#seen(answer.value);
    return true;
  }

  async #holding() {
    // A process that does not dispatch has to ask what those who do have stored.
    const mine = this.#lease === undefined ? this.#cursors.loaded : this.#lease.held && this.#cursors.loaded;
    if (!mine) await this.#cursors.load();
    return { states: this.#cursors.holding(), readUpTo: this.#cursors.readUpTo ?? 0 };
  }

  async #makeRoom(bytes: number) {
    if (!this.#options.configure) return { made: false, reason: 'the stream is not ours to make room in', heldBy: [] };
    try {
      return await this.#trimmer.room(bytes);
    } catch (error) {
      return { made: false, reason: error instanceof Error ? error.message : String(error), heldBy: [] };
    }
  }

  /** From the stream, until there is a record or the end. What is no event is left out. */
  async #fetch(begin: Offset, limit: ReadLimit): Promise<ReadOutcome> {
    const { client, stream, clock, logger } = this.#options;
    for (let from = begin; ; ) {
      if (from >= this.#end) return { kind: 'records', records: noRecords, next: from };
      const fetched = await client.fetch(stream, from, { messages: limit.records, bytes: limit.bytes });
      if (fetched.kind !== 'ok') return { kind: 'failed', reason: fetched.reason };
      let messages = fetched.value;
      if (messages[0]?.sequence !== from) {
        if (!(await this.#look())) return { kind: 'failed', reason: `the stream ${stream} cannot be asked` };
        if (from < this.#start) return { kind: 'out-of-range', start: this.#start, end: this.#end };
        const next = await client.next(stream, from);
        if (next.kind !== 'ok') return { kind: 'failed', reason: next.reason };
        if (next.value === undefined) return { kind: 'records', records: noRecords, next: this.#end };
        // A replica that is behind may lack what comes before its first message.
        if (messages[0] === undefined || messages[0].sequence > next.value.sequence) messages = [next.value];
      }
      const collector = new Collector(limit);
      for (const message of messages) {
        const record = decodeMessage(message, clock.now());
        if (typeof record !== 'string') {
          if (!collector.add(record)) break;
        } else {
          logger.warn('a message is no event', { log: this.name, stream, sequence: message.sequence, reason: record });
        }
        from = message.sequence + 1;
      }
      if (collector.records.length > 0) return { kind: 'records', records: collector.records, next: from };
    }
  }
}
