/**
 * A log for simulated worlds: durable state that survives crashes, and a handle for each life of the process.
 * Slow, failing and half-done operations are decided by the run's random source. It asserts the engine's side of the
 * port: one commit at a time, positions that only move forward, pending offsets in order and below `seenUpTo`.
 */

import { sizeOfEvent } from '@millrace/api';
import type {
  AppendOutcome,
  CommitOutcome,
  CursorCommit,
  CursorState,
  EventLog,
  LogRecord,
  NewRecord,
  PartitionRange,
  ReadLimit,
  ReadOutcome,
  StoredCursors,
} from '@millrace/channel';
import type { World } from './world.ts';

interface Partition {
  records: LogRecord[];
  start: number;
  end: number;
}

/** What is on the disk. */
export class DurableLog {
  readonly partitions: Partition[];
  readonly cursors = new Map<string, CursorState>();
  readonly readUpTo = new Map<number, number>();
  readonly #world: World;

  constructor(world: World, partitions: number) {
    this.#world = world;
    this.partitions = Array.from({ length: partitions }, () => ({ records: [], start: 0, end: 0 }));
  }

  store(records: readonly NewRecord[]): { partition: number; offset: number }[] {
    return records.map((record) => {
      const partition = this.partitionOf(record.key);
      const target = this.partitions[partition]!;
      // Offsets may have gaps (L2): after a restart, or where a transaction was.
      if (this.#world.random.chance(0.05)) target.end += 1 + this.#world.random.below(3);
      const offset = target.end++;
      const timeMs = this.#world.clock.now();
      target.records.push({ ...record, partition, offset, timeMs, bytes: sizeOfEvent(record.event) });
      return { partition, offset };
    });
  }

  partitionOf(key: string | undefined): number {
    if (key === undefined) return 0;
    return [...key].reduce((sum, char) => sum + char.charCodeAt(0), 0) % this.partitions.length;
  }

  commit(change: CursorCommit): void {
    for (const { partition, offset } of change.readUpTo) {
      if (offset < (this.readUpTo.get(partition) ?? 0)) this.#world.violation('readUpTo moved backwards');
      this.readUpTo.set(partition, offset);
    }
    for (const state of change.put) this.#put(state);
    for (const name of change.remove) {
      for (const key of this.cursors.keys()) if (key.startsWith(`${name}/`)) this.cursors.delete(key);
    }
  }

  /** Takes away what no stored cursor needs (L5), as aggressive retention would. */
  trim(): void {
    for (const [partition, target] of this.partitions.entries()) {
      const upTo = this.readUpTo.get(partition) ?? 0;
      let keep = this.cursors.size === 0 ? 0 : target.end;
      for (const state of this.cursors.values()) {
        if (state.partition !== partition) continue;
        const next = state.detached ? state.seenUpTo : Math.max(upTo, state.seenUpTo);
        keep = Math.min(keep, state.pending[0] ?? next, next);
      }
      if (keep <= target.start) continue;
      target.records = target.records.filter(({ offset }) => offset >= keep);
      target.start = keep;
    }
  }

  #put(state: CursorState): void {
    const key = `${state.name}/${state.partition}`;
    const before = this.cursors.get(key);
    const first = (cursor: CursorState) => Math.min(cursor.pending[0] ?? cursor.seenUpTo, cursor.seenUpTo);
    if (before && first(state) < first(before)) this.#world.violation(`cursor ${key} moved backwards`);
    const ascending = state.pending.every((offset, index) => index === 0 || offset > state.pending[index - 1]!);
    if (!ascending) this.#world.violation(`pending of ${key} is not ascending: ${state.pending}`);
    if (state.pending.some((offset) => offset >= state.seenUpTo)) {
      this.#world.violation(`pending of ${key} is not below seenUpTo ${state.seenUpTo}: ${state.pending}`);
    }
    this.cursors.set(key, state);
  }
}

/** The log as one life of the process has it. */
export class SimLog implements EventLog {
  readonly name = 'log';
  readonly partitions: readonly number[];
  readonly #durable: DurableLog;
  readonly #world: World;
  readonly #life: number;
  readonly #listeners = new Set<() => void>();
  #committing = false;

  constructor(world: World, durable: DurableLog) {
    this.#world = world;
    this.#durable = durable;
    this.#life = world.life;
    this.partitions = durable.partitions.map((_, index) => index);
  }

  async append(records: readonly NewRecord[]): Promise<AppendOutcome> {
    const { random, faults } = this.#world;
    if (!this.#alive) return new Promise(() => {});
    if (random.chance(faults.append)) {
      await this.#delay(faults.delayMs);
      return { kind: 'failed', reason: 'simulated' };
    }
    // A crash in the middle finds it on the disk, or not.
    const early = random.chance(0.5);
    let positions = early ? this.#store(records) : [];
    await this.#delay(faults.delayMs);
    if (!early) positions = this.#store(records);
    return { kind: 'appended', positions };
  }

  read(partition: number, from: number, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome> {
    const { random, faults } = this.#world;
    if (!this.#alive) return new Promise(() => {});
    if (random.chance(faults.read)) return { kind: 'failed', reason: 'simulated' };
    if (random.chance(0.5)) return this.#read(partition, from, limit);
    return this.#delay(faults.delayMs).then(() => this.#read(partition, from, limit));
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  range(partition: number): PartitionRange {
    const { start, end } = this.#durable.partitions[partition]!;
    return { partition, start, end, bytes: 0 };
  }

  async offsetAt(partition: number, timeMs: number): Promise<number> {
    await this.#delay(this.#world.faults.delayMs);
    const { records, end } = this.#durable.partitions[partition]!;
    return records.find((record) => record.timeMs >= timeMs)?.offset ?? end;
  }

  async loadCursors(): Promise<StoredCursors> {
    await this.#delay(1);
    const readUpTo = [...this.#durable.readUpTo].map(([partition, offset]) => ({ partition, offset }));
    return { cursors: [...this.#durable.cursors.values()], readUpTo };
  }

  async commit(given: CursorCommit): Promise<CommitOutcome> {
    const { random, faults } = this.#world;
    if (!this.#alive) return new Promise(() => {});
    if (this.#committing) this.#world.violation('two commits under way at once');
    this.#committing = true;
    const change = this.#world.mutate.commit?.(given) ?? given;
    const fails = random.chance(faults.commit);
    const early = !fails && random.chance(0.5);
    if (early) this.#durable.commit(change);
    await this.#delay(faults.delayMs);
    this.#committing = false;
    if (fails) return { kind: 'failed', reason: 'simulated' };
    if (!early) this.#durable.commit(change);
    return { kind: 'committed' };
  }

  setRetention(): void {}

  async trim(): Promise<number> {
    this.#durable.trim();
    return 0;
  }

  async close(): Promise<void> {}

  get #alive(): boolean {
    return this.#world.life === this.#life;
  }

  #delay(maxMs: number): Promise<void> {
    return this.#world.delay(this.#world.random.below(maxMs + 1));
  }

  #store(records: readonly NewRecord[]): { partition: number; offset: number }[] {
    const positions = this.#durable.store(records);
    for (const listener of this.#listeners) listener();
    return positions;
  }

  #read(partition: number, from: number, limit: ReadLimit): ReadOutcome {
    const { records, start, end } = this.#durable.partitions[partition]!;
    if (from < start || from > end) return { kind: 'out-of-range', start, end };
    const given: LogRecord[] = [];
    let bytes = 0;
    let low = 0;
    for (let high = records.length; low < high; ) {
      const middle = (low + high) >> 1;
      if (records[middle]!.offset < from) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < records.length && given.length < limit.records; index++) {
      const record = records[index]!;
      if (given.length > 0 && bytes + record.bytes > limit.bytes) break;
      given.push(record);
      bytes += record.bytes;
    }
    const all = low + given.length === records.length;
    return { kind: 'records', records: given, next: all ? end : given.at(-1)!.offset + 1 };
  }
}
