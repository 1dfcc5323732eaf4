/**
 * What this process appended last, kept in memory: a reader that keeps up never asks the server.
 *
 * T1. The records are one run of sequences without a hole; what is appended after a hole (another process appended between)
 *     begins a new run.
 * T2. It is bounded in bytes, and so are all tails of a store together: the oldest of the one that grows go first, when those
 *     who wait for new records were told and have read them. What is kept longer outlives the young generation.
 */
import { Collector } from '../collect.ts';
import type { LogRecord, Offset, ReadLimit } from '../log.ts';

/** What the tails of a store hold together. */
export interface TailBudget {
  usedBytes: number;
  readonly bytesMax: number;
}

export class Tail {
  readonly #bytesMax: number;
  readonly #budget: TailBudget;
  #records: LogRecord[] = [];
  #bytes = 0;

  constructor(bytesMax: number, budget: TailBudget) {
    this.#bytesMax = bytesMax;
    this.#budget = budget;
  }

  /** The first sequence kept; undefined when there is none. */
  get start(): Offset | undefined {
    return this.#records[0]?.offset;
  }

  get oldestMs(): number | undefined {
    return this.#records[0]?.timeMs;
  }

  add(records: readonly LogRecord[]): void {
    for (const record of records) {
      const last = this.#records.at(-1);
      if (last !== undefined && record.offset !== last.offset + 1) this.clear(); // T1
      this.#records.push(record);
      this.#count(record.bytes);
    }
  }

  /** T2 */
  trim(): void {
    const { usedBytes, bytesMax } = this.#budget;
    const keptMax = Math.min(this.#bytesMax, this.#bytes - Math.max(0, usedBytes - bytesMax));
    this.#dropWhile(() => this.#bytes > keptMax);
  }

  /** Nothing when `from` is not kept. */
  read(from: Offset, limit: ReadLimit): readonly LogRecord[] {
    const { start } = this;
    if (start === undefined || from < start) return [];
    const collector = new Collector(limit);
    for (let at = from - start; at < this.#records.length; at += 1) {
      if (!collector.add(this.#records[at] as LogRecord)) break;
    }
    return collector.records;
  }

  /** The first record of that time or later. */
  at(timeMs: number): Offset | undefined {
    let low = 0;
    let high = this.#records.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#records[middle] as LogRecord).timeMs >= timeMs) high = middle;
      else low = middle + 1;
    }
    return this.#records[low]?.offset;
  }

  /** Retention took everything below. */
  dropBelow(start: Offset): void {
    this.#dropWhile(({ offset }) => offset < start);
  }

  clear(): void {
    this.#records = [];
    this.#count(-this.#bytes);
  }

  /** The oldest first. */
  #dropWhile(isWanted: (oldest: LogRecord) => boolean): void {
    let dropped = 0;
    for (const record of this.#records) {
      if (!isWanted(record)) break;
      this.#count(-record.bytes);
      dropped += 1;
    }
    if (dropped > 0) this.#records = this.#records.slice(dropped);
  }

  #count(bytes: number): void {
    this.#bytes += bytes;
    this.#budget.usedBytes += bytes;
  }
}
