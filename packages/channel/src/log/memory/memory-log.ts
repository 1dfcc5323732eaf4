/**
 * The log in memory: for tests, for `InMemoryChannel`, and for simulated worlds, where it can crash.
 *
 * M1. Operations become durable in groups: what is asked for while a group is under way is in the next one, in order.
 * M2. Nothing of an operation can be read, loaded or trimmed before it is durable, and its promise resolves after that.
 * M3. After a crash no promise of the old log resolves and none of its calls changes anything.
 */
import { sizeOfEvent } from '@millrace/api';
import type {
  AppendOutcome,
  CommitOutcome,
  CursorCommit,
  EventLog,
  LogRecord,
  NewRecord,
  Offset,
  PartitionRange,
  ReadLimit,
  ReadOutcome,
  Retention,
  StoredCursors,
} from '../log.ts';
import { copyOfCommit, fullReason } from '../retention.ts';
import type { DurableLog, DurablePartition } from './durable.ts';
import { busyRetryAfterMs, defaultQueueBytes, type MemoryOptions } from './options.ts';

interface PendingAppend {
  readonly kind: 'append';
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
}

interface PendingCommit {
  readonly kind: 'commit';
  readonly change: CursorCommit;
  readonly resolve: (outcome: CommitOutcome) => void;
}

type Pending = PendingAppend | PendingCommit;

const never = new Promise<never>(() => {});

export class MemoryLog implements EventLog {
  readonly #durable: DurableLog;
  readonly #options: MemoryOptions;
  readonly #listeners = new Set<() => void>();
  #waiting: Pending[] = [];
  #underWay: Pending[] = [];
  #queuedBytes = 0;
  #turn = 0;
  #state: 'open' | 'closed' | 'crashed' = 'open';
  #idle: (() => void)[] = [];

  constructor(durable: DurableLog, options: MemoryOptions) {
    this.#durable = durable;
    this.#options = options;
  }

  get name(): string {
    return this.#durable.name;
  }

  get partitions(): readonly number[] {
    return this.#durable.partitions.map((partition) => partition.number);
  }

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    if (this.#state === 'crashed') return never;
    if (this.#state === 'closed') return Promise.resolve({ kind: 'failed', reason: `log ${this.name} is closed` });
    if (records.length === 0) return Promise.resolve({ kind: 'appended', positions: [] });
    const bytes = records.reduce((sum, record) => sum + sizeOfEvent(record.event), 0);
    const limit = this.#options.queueBytes ?? defaultQueueBytes;
    if (this.#queuedBytes > 0 && this.#queuedBytes + bytes > limit) {
      return Promise.resolve({ kind: 'busy', retryAfterMs: busyRetryAfterMs });
    }
    this.#queuedBytes += bytes;
    return new Promise((resolve) => this.#enqueue({ kind: 'append', records, bytes, resolve }));
  }

  commit(change: CursorCommit): Promise<CommitOutcome> {
    if (this.#state === 'crashed') return never;
    if (this.#state === 'closed') return Promise.resolve({ kind: 'failed', reason: `log ${this.name} is closed` });
    return new Promise((resolve) => this.#enqueue({ kind: 'commit', change: copyOfCommit(change), resolve }));
  }

  read(partition: number, from: Offset, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    if (this.#state === 'crashed') return never;
    if (this.#state === 'closed') return { kind: 'failed', reason: `log ${this.name} is closed` };
    const fault = this.#options.faults?.read?.(this.name, partition, from);
    if (fault?.kind === 'fails') return fault.outcome;
    if (fault?.kind === 'slow') {
      return this.#wait(fault.delayMs).then(() => this.#read(partition, from, limit));
    }
    return this.#read(partition, from, limit);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  range(partition: number): PartitionRange {
    const { start, end, bytes } = this.#partition(partition);
    return { partition, start, end, bytes };
  }

  async offsetAt(partition: number, timeMs: number): Promise<Offset> {
    if (this.#state === 'crashed') return never;
    const of = this.#partition(partition);
    return of.records[of.indexOf((record) => record.timeMs >= timeMs)]?.offset ?? of.end;
  }

  async loadCursors(): Promise<StoredCursors> {
    return this.#state === 'crashed' ? never : this.#durable.stored();
  }

  setRetention(retention: Retention): void {
    if (this.#state === 'open') this.#durable.retention = retention;
  }

  async trim(): Promise<number> {
    if (this.#state === 'crashed') return never;
    const { ageMs, bytes } = this.#durable.retention;
    const oldestMs = this.#options.clock.now() - ageMs;
    let removed = 0;
    for (const partition of this.#durable.partitions) {
      removed += this.#drop(partition, (record) => record.timeMs < oldestMs || this.#durable.bytes > bytes);
    }
    return removed;
  }

  async close(): Promise<void> {
    if (this.#state !== 'open') return;
    this.#state = 'closed';
    if (this.#underWay.length + this.#waiting.length > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** The process is gone: of what was not acknowledged a first part, of any length, is durable (M3). */
  crash(): void {
    if (this.#state === 'crashed') return;
    this.#state = 'crashed';
    this.#listeners.clear();
    // Appends and commits are ordered among themselves but need not be with each other: they are cut apart.
    const all = [...this.#underWay, ...this.#waiting];
    for (const kind of ['append', 'commit'] as const) {
      const pending = all.filter((operation) => operation.kind === kind);
      const survivors = Math.floor(this.#options.random.next() * (pending.length + 1));
      for (const operation of pending.slice(0, survivors)) this.#perform(operation);
    }
    this.#waiting = [];
    this.#underWay = [];
  }

  #enqueue(operation: Pending): void {
    this.#waiting.push(operation);
    if (this.#underWay.length === 0) this.#startGroup();
  }

  #startGroup(): void {
    this.#underWay = this.#waiting;
    this.#waiting = [];
    const delayMs = this.#options.durableDelayMs?.() ?? 0;
    if (delayMs > 0) this.#options.clock.setTimer(delayMs, () => this.#finishGroup(), { ref: true });
    else queueMicrotask(() => this.#finishGroup());
  }

  #finishGroup(): void {
    if (this.#state === 'crashed') return;
    const done = this.#underWay.map((operation) => ({ operation, outcome: this.#perform(operation) }));
    const appended = done.some(({ outcome }) => outcome.kind === 'appended');
    if (appended) for (const listener of [...this.#listeners]) listener();
    for (const { operation, outcome } of done) {
      if (operation.kind === 'append') this.#queuedBytes -= operation.bytes;
      (operation.resolve as (outcome: AppendOutcome | CommitOutcome) => void)(outcome);
    }
    this.#underWay = [];
    if (this.#waiting.length > 0) this.#startGroup();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }

  #perform(operation: Pending): AppendOutcome | CommitOutcome {
    if (operation.kind === 'append') {
      const fault = this.#options.faults?.append?.(this.name, operation.records);
      if (fault === undefined) return this.#store(operation.records);
      if (fault.kept === true) this.#store(operation.records);
      return fault.outcome;
    }
    const fault = this.#options.faults?.commit?.(this.name, operation.change);
    if (fault === undefined || fault.kept === true) this.#durable.apply(operation.change);
    return fault?.outcome ?? { kind: 'committed' };
  }

  #store(records: readonly NewRecord[]): AppendOutcome {
    const bytes = records.reduce((sum, record) => sum + sizeOfEvent(record.event), 0);
    const full = this.#makeRoom(bytes);
    if (full !== undefined) return full;
    const positions = records.map((record) => {
      const partition = this.#choose(record.key);
      const offset = partition.end + (this.#options.offsetGap?.() ?? 0);
      const timeMs = Math.max(this.#options.clock.now(), partition.lastTimeMs);
      const number = partition.number;
      partition.add({ ...record, partition: number, offset, timeMs, bytes: sizeOfEvent(record.event) });
      return { partition: number, offset };
    });
    return { kind: 'appended', positions };
  }

  #makeRoom(bytes: number): AppendOutcome | undefined {
    const limit = this.#durable.retention.bytes;
    for (const partition of this.#durable.partitions) this.#drop(partition, () => this.#durable.bytes + bytes > limit);
    if (this.#durable.bytes + bytes <= limit) return undefined;
    const names = this.#durable.partitions.flatMap((partition) => this.#durable.hold(partition, []).names);
    const heldBy = [...new Set(names)];
    return { kind: 'full', reason: fullReason(this.#durable.retention, heldBy), heldBy };
  }

  /** Drops from the oldest on while `wanted`, as far as cursors let go (L5). */
  #drop(partition: DurablePartition, wanted: (record: LogRecord) => boolean): number {
    let oldest = partition.oldest;
    if (oldest === undefined || !wanted(oldest)) return 0;
    const under = [...this.#underWay, ...this.#waiting].flatMap((one) => (one.kind === 'commit' ? one.change.put : []));
    const { upTo } = this.#durable.hold(partition, under);
    let removed = 0;
    while (oldest !== undefined && oldest.offset < upTo && wanted(oldest)) {
      partition.dropOldest();
      removed += 1;
      oldest = partition.oldest;
    }
    return removed;
  }

  #read(partition: number, from: Offset, limit: ReadLimit): ReadOutcome {
    const of = this.#partition(partition);
    if (from < of.start) return { kind: 'out-of-range', start: of.start, end: of.end };
    const records: LogRecord[] = [];
    let bytes = 0;
    for (let at = of.indexOf((record) => record.offset >= from); at < of.records.length; at += 1) {
      const record = of.records[at] as LogRecord;
      if (records.length > 0 && (records.length >= limit.records || bytes + record.bytes > limit.bytes)) break;
      records.push(record);
      bytes += record.bytes;
    }
    return { kind: 'records', records, next: (records.at(-1)?.offset ?? Math.max(from, of.end) - 1) + 1 };
  }

  #partition(number: number): DurablePartition {
    const partition = this.#durable.partitions[number];
    if (partition === undefined) throw new RangeError(`log ${this.name} has no partition ${number}`);
    return partition;
  }

  #choose(key: string | undefined): DurablePartition {
    const count = this.#durable.partitions.length;
    if (key === undefined) return this.#partition(this.#turn++ % count);
    let hash = 7;
    for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) >>> 0;
    return this.#partition(hash % count);
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.setTimer(delayMs, () => (this.#state === 'crashed' ? undefined : resolve()), { ref: true });
    });
  }
}
