/**
 * One log of a local store: takes appends, commits and trims, and hands them to group commit.
 *
 * N1. Offsets and times are given when the transaction is made, in the order of asking; only a transaction that is
 *     durable moves the log's extent, so that a failed one leaves no gap and nothing of it can be read.
 * N2. Waiting appends are bounded for the whole store, in bytes and in records.
 * N3. Listeners are called when the records can be read, and before the append's promise resolves.
 */
import { sizeOfEvent } from '@millrace/api';
import type { Clock, Logger } from '@millrace/runtime';
import { type ByteWriter, seal } from '../bytes.ts';
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
import { type DiskReads, type Extent, LocalBatches, placed } from './batches.ts';
import { LogTail, type ReadCache, type TailCache } from './caches.ts';
import type { LocalCursors, StagedCursors } from './cursors.ts';
import { type Changes, type Environment, messageOf, type WriteOutcome } from './environment.ts';
import type { GroupCommit, Participant, Settle } from './group-commit.ts';
import { kinds, numberKey } from './keys.ts';
import type { LocalLimits } from './limits.ts';
import type { Space } from './space.ts';

/** What the logs of a store share. */
export interface LocalShared {
  readonly environment: Environment;
  readonly commits: GroupCommit;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LocalLimits;
  readonly space: Space;
  readonly tails: TailCache;
  readonly readCache: ReadCache;
  readonly counters: DiskReads;
  /** Appends that wait for their flush, all logs together (N2). */
  readonly queue: { bytes: number; records: number };
}

interface WaitingAppend {
  readonly records: readonly NewRecord[];
  readonly bytes: number;
  readonly resolve: (outcome: AppendOutcome) => void;
}

interface WaitingCommit {
  readonly change: CursorCommit;
  readonly resolve: (outcome: CommitOutcome) => void;
}

interface Answer {
  readonly append: WaitingAppend;
  readonly outcome: AppendOutcome;
}

/** What one transaction makes of the log, until it is known to be durable (N1). */
interface Staged {
  extent: Extent;
  readonly batches: LogRecord[][];
  readonly answers: Answer[];
  cursors: StagedCursors | undefined;
  removals: number;
  /** Records that a trim removed. What makes room for an append is not counted. */
  trimmed: number;
}

/** What `load` needs to know of a log from its entry in the store's directory. */
export interface LogEntry {
  readonly number: number;
  readonly name: string;
  readonly extent: Extent;
}

function entryValue(name: string, extent: Extent): Buffer {
  const { end, upTo, lastTimeMs } = extent;
  return seal(Buffer.from(JSON.stringify({ name, end, upTo, lastTimeMs })));
}

export class LocalLog implements EventLog, Participant {
  readonly name: string;
  readonly number: number;
  readonly partitions: readonly number[] = [0];
  readonly #shared: LocalShared;
  readonly #batches: LocalBatches;
  readonly #cursors: LocalCursors;
  readonly #tail = new LogTail();
  readonly #listeners = new Set<() => void>();
  readonly #onClose: () => void;
  #extent: Extent;
  #retention: Retention;
  #appends: WaitingAppend[] = [];
  #commits: WaitingCommit[] = [];
  #trims: ((removed: number) => void)[] = [];
  #trimmed = 0;
  #entryStored: boolean;
  #closed = false;
  #inTransaction = false;
  #whenSettled: (() => void)[] = [];

  constructor(
    shared: LocalShared,
    entry: LogEntry,
    state: { readonly retention: Retention; readonly cursors: LocalCursors; readonly stored: boolean },
    onClose: () => void,
  ) {
    this.#shared = shared;
    this.name = entry.name;
    this.number = entry.number;
    this.#extent = entry.extent;
    this.#retention = state.retention;
    this.#cursors = state.cursors;
    this.#entryStored = state.stored;
    this.#onClose = onClose;
    this.#batches = new LocalBatches(entry.number, shared.environment, shared.readCache, shared.counters);
  }

  get bytes(): number {
    return this.#extent.upTo - this.#extent.before;
  }

  /** What is needed to open it again after it was closed. */
  get known(): { readonly entry: LogEntry; readonly cursors: LocalCursors; readonly stored: boolean } {
    const entry = { number: this.number, name: this.name, extent: this.#extent };
    return { entry, cursors: this.#cursors, stored: this.#entryStored };
  }

  append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'failed', reason: `log ${this.name} is closed` });
    if (records.length === 0) return Promise.resolve({ kind: 'appended', positions: [] });
    let bytes = 0;
    for (const record of records) bytes += sizeOfEvent(record.event);
    const { queue, limits } = this.#shared;
    const over = queue.bytes + bytes > limits.queueBytes || queue.records + records.length > limits.queueRecords;
    if (over && queue.records > 0) return Promise.resolve({ kind: 'busy', retryAfterMs: limits.busyRetryAfterMs });
    queue.bytes += bytes;
    queue.records += records.length;
    return new Promise((resolve) => {
      this.#appends.push({ records, bytes, resolve });
      this.#shared.commits.ask(this);
    });
  }

  commit(change: CursorCommit): Promise<CommitOutcome> {
    if (this.#closed) return Promise.resolve({ kind: 'failed', reason: `log ${this.name} is closed` });
    return new Promise((resolve) => {
      this.#commits.push({ change: copyOfCommit(change), resolve });
      this.#shared.commits.ask(this);
    });
  }

  read(partition: number, from: Offset, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    this.#check(partition);
    if (this.#closed) return { kind: 'failed', reason: `log ${this.name} is closed` };
    const { start, end } = this.#extent;
    if (from < start) return { kind: 'out-of-range', start, end };
    if (from >= end) return { kind: 'records', records: [], next: from };
    const records = this.#tail.read(from, limit);
    if (records !== undefined) return { kind: 'records', records, next: from + records.length };
    const { renewing } = this.#shared.environment;
    if (renewing) return renewing.then(() => this.read(partition, from, limit));
    return this.#batches.read(this.#extent, from, limit);
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  range(partition: number): PartitionRange {
    this.#check(partition);
    const { start, end } = this.#extent;
    return { partition, start, end, bytes: this.bytes };
  }

  async offsetAt(partition: number, timeMs: number): Promise<Offset> {
    this.#check(partition);
    await this.#shared.environment.renewing;
    return this.#batches.offsetAt(this.#extent, timeMs);
  }

  async loadCursors(): Promise<StoredCursors> {
    return this.#cursors.stored();
  }

  setRetention(retention: Retention): void {
    this.#retention = retention;
  }

  trim(): Promise<number> {
    if (this.#closed) return Promise.resolve(0);
    return new Promise((resolve) => {
      this.#trims.push(resolve);
      this.#shared.commits.ask(this);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    while (this.#inTransaction || this.#appends.length + this.#commits.length + this.#trims.length > 0) {
      await new Promise<void>((resolve) => this.#whenSettled.push(resolve));
    }
    this.#listeners.clear();
    this.#shared.tails.forget(this.#tail);
    this.#onClose();
  }

  /** Called by group commit; not part of the port. */
  write(changes: Changes, frames: ByteWriter, budgetBytes: number): Settle {
    const staged: Staged = {
      extent: this.#extent,
      batches: [],
      answers: [],
      cursors: undefined,
      removals: 0,
      trimmed: 0,
    };
    this.#inTransaction = true;
    const commits = this.#commits;
    this.#commits = [];
    if (commits.length > 0) {
      const wanted = commits.map((waiting) => waiting.change);
      staged.cursors = this.#cursors.stage(wanted, changes);
    }
    const trims = this.#trims;
    this.#trims = [];
    const trimmedAll = trims.length === 0 || this.#stageTrim(staged, changes);
    this.#stageAppends(staged, changes, frames, budgetBytes);
    if (!this.#entryStored || staged.removals > 0) {
      changes.put(numberKey(kinds.log, this.number), entryValue(this.name, staged.extent));
    }
    if (this.#appends.length > 0) this.#shared.commits.ask(this);
    return (outcome) => {
      this.#inTransaction = false;
      this.#settle(staged, outcome);
      for (const waiting of commits) waiting.resolve(commitOutcome(outcome));
      this.#settleTrims(trims, trimmedAll || outcome.kind === 'failed');
      for (const resolve of this.#whenSettled.splice(0)) resolve();
    };
  }

  #check(partition: number): void {
    if (partition !== 0) throw new RangeError(`log ${this.name} has no partition ${partition}`);
  }

  /** False when there is more to trim than fits in one transaction. */
  #stageTrim(staged: Staged, changes: Changes): boolean {
    const oldestMs = this.#shared.clock.now() - this.#retention.ageMs;
    const limit = this.#retention.bytes;
    const { start } = staged.extent;
    const wanted = (timeMs: number) => timeMs < oldestMs || staged.extent.upTo - staged.extent.before > limit;
    const all = this.#removeWhile(staged, changes, wanted);
    staged.trimmed = staged.extent.start - start;
    return all;
  }

  /** Removes batches from the oldest on while `wanted` and allowed (L5). False when the transaction has its share. */
  #removeWhile(staged: Staged, changes: Changes, wanted: (timeMs: number) => boolean): boolean {
    const waiting = this.#commits.map((one) => one.change);
    const { upTo } = this.#cursors.hold(waiting, staged.cursors, this.#extent.end);
    for (const { key, batch } of this.#batches.oldest(staged.extent, upTo)) {
      if (!wanted(batch.timeMs)) return true;
      if (staged.removals >= this.#shared.limits.removalsPerTransaction) return false;
      changes.remove(key);
      staged.removals += 1;
      staged.extent = {
        ...staged.extent,
        start: batch.firstOffset + batch.count,
        before: batch.before + batch.bytes,
      };
    }
    return true;
  }

  /** Takes appends as they came, up to the budget, and puts their records together in batches. */
  #stageAppends(staged: Staged, changes: Changes, frames: ByteWriter, budgetBytes: number): void {
    const { limits } = this.#shared;
    const timeMs = Math.max(Math.trunc(this.#shared.clock.now()), this.#extent.lastTimeMs);
    let batch: LogRecord[] = [];
    let batchBytes = 0;
    let offset = staged.extent.end;
    let total = 0;
    const finish = () => {
      if (batch.length === 0) return;
      staged.extent = this.#batches.add(staged.extent, batch, changes, frames);
      staged.batches.push(batch);
      batch = [];
      batchBytes = 0;
    };
    let taken = 0;
    for (const append of this.#appends) {
      if (total > 0 && total + append.bytes > budgetBytes) break;
      const refusal = this.#room(staged, changes, batchBytes, append.bytes);
      if (refusal === 'later') break;
      taken += 1;
      if (refusal !== undefined) {
        staged.answers.push({ append, outcome: refusal });
        continue;
      }
      const positions = [];
      for (const record of append.records) {
        const bytes = append.records.length === 1 ? append.bytes : sizeOfEvent(record.event);
        if (batch.length >= limits.batchRecords || (batch.length > 0 && batchBytes + bytes > limits.batchBytes))
          finish();
        batch.push(placed(record, offset, timeMs, bytes));
        positions.push({ partition: 0, offset });
        batchBytes += bytes;
        offset += 1;
      }
      total += append.bytes;
      staged.answers.push({ append, outcome: { kind: 'appended', positions } });
    }
    finish();
    this.#appends = this.#appends.slice(taken);
  }

  /** Undefined when `bytes` more can be taken. `later`: removing the old takes more than one transaction. */
  #room(staged: Staged, changes: Changes, unbatched: number, bytes: number): AppendOutcome | 'later' | undefined {
    const reason = this.#shared.space.refusal(bytes);
    if (reason !== undefined) return { kind: 'full', reason, heldBy: [] };
    const limit = this.#retention.bytes;
    const over = () => staged.extent.upTo - staged.extent.before + unbatched + bytes > limit;
    if (!over()) return undefined;
    // Somewhat more than is needed goes at once, so that not every append has to look for what may go.
    const ample = Math.min(limit / 100, this.#shared.limits.batchBytes);
    const wanted = () => staged.extent.upTo - staged.extent.before + unbatched + bytes + ample > limit;
    if (!this.#removeWhile(staged, changes, wanted)) return 'later';
    if (!over()) return undefined;
    // What this very transaction adds cannot go in it, but perhaps in the next one.
    if (unbatched > 0 || staged.batches.length > 0) return 'later';
    const { names } = this.#cursors.hold([], staged.cursors, this.#extent.end);
    return { kind: 'full', reason: fullReason(this.#retention, names), heldBy: names };
  }

  #settle(staged: Staged, outcome: WriteOutcome): void {
    const { space, tails, queue } = this.#shared;
    if (outcome.kind === 'written') {
      const bytesBefore = this.bytes;
      this.#entryStored = true;
      this.#extent = staged.extent;
      this.#trimmed += staged.trimmed;
      space.used += this.bytes - bytesBefore;
      if (staged.cursors !== undefined) this.#cursors.settled(staged.cursors);
      for (const batch of staged.batches) tails.add(this.#tail, batch);
      if (staged.batches.length > 0) this.#tell();
      tails.trim();
    }
    for (const { append, outcome: wanted } of staged.answers) {
      queue.bytes -= append.bytes;
      queue.records -= append.records.length;
      append.resolve(outcome.kind === 'failed' && wanted.kind === 'appended' ? failedAppend(outcome) : wanted);
    }
  }

  #settleTrims(trims: readonly ((removed: number) => void)[], done: boolean): void {
    if (trims.length === 0) return;
    if (!done) {
      this.#trims.push(...trims);
      this.#shared.commits.ask(this);
      return;
    }
    const removed = this.#trimmed;
    this.#trimmed = 0;
    for (const resolve of trims) resolve(removed);
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener();
      } catch (error) {
        // A listener's bug must not keep others' appends from their answers.
        this.#shared.logger.error('log: a listener threw', { log: this.name, error: messageOf(error) });
      }
    }
  }
}

function commitOutcome(outcome: WriteOutcome): CommitOutcome {
  return outcome.kind === 'written' ? { kind: 'committed' } : { kind: 'failed', reason: outcome.reason };
}

function failedAppend(outcome: WriteOutcome & { readonly kind: 'failed' }): AppendOutcome {
  return outcome.noSpace
    ? { kind: 'full', reason: outcome.reason, heldBy: [] }
    : { kind: 'failed', reason: outcome.reason };
}
