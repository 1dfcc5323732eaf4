/**
 * What this process appended last, kept in memory: a reader that keeps up never asks the server.
 *
 * T1. The records are one run of sequences without a hole; what is appended after a hole (another process appended between)
 *     begins a new run.
 * T2. What nobody has read yet stays while somebody follows the end of the log: reading it from the server costs more than
 *     any other part of a hop. Of what was read a little is kept: what is kept longer outlives the young generation.
 * T3. All tails of a store together are bounded in bytes. When they are full, what is appended is not kept, until those who
 *     follow have read what is: they fetch what lies between. A run that nobody reads for long is let go of.
 */
import { Collector } from '../collect.ts';
import type { LogRecord, Offset, ReadLimit } from '../log.ts';

/** Bytes of what was read that one tail keeps. */
export interface TailLimits {
  readonly tailBytes: number;
  readonly tailAgainBytes: number;
}

/** What the tails of a store hold together. */
export interface TailBudget {
  usedBytes: number;
  readonly bytesMax: number;
}

export class Tail {
  readonly #limits: TailLimits;
  readonly #budget: TailBudget;
  #records: LogRecord[] = [];
  #bytes = 0;
  /** Somebody has read up to here, and follows (T2). */
  #followedTo: Offset = -1;
  #isRead = false;

  constructor(limits: TailLimits, budget: TailBudget) {
    this.#limits = limits;
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
    const [first] = records;
    if (first === undefined) return;
    const last = this.#records.at(-1);
    const isJoined = last === undefined || first.offset === last.offset + 1;
    if (this.#hasUnread && !(isJoined && this.#fits(records))) return; // T3
    for (const record of records) {
      const before = this.#records.at(-1);
      if (before !== undefined && record.offset !== before.offset + 1) this.clear(); // T1
      this.#records.push(record);
      this.#count(record.bytes);
    }
  }

  /** Somebody has read all there is. */
  reachedEnd(end: Offset): void {
    this.#followedTo = Math.max(this.#followedTo, end);
    this.#isRead = true;
  }

  trim(): void {
    const { tailBytes, tailAgainBytes } = this.#limits;
    const keptMax = this.#hasUnread ? tailAgainBytes : tailBytes;
    let bytes = 0;
    for (const record of this.#records) {
      if (this.#isUnread(record.offset)) break;
      bytes += record.bytes;
    }
    this.#dropWhile((record) => {
      bytes -= record.bytes;
      return bytes + record.bytes > keptMax; // T2
    });
    this.#dropWhile(() => this.#budget.usedBytes > this.#budget.bytesMax); // T3
  }

  /** Lets go of everything when nobody has read since it was asked to before (T3). */
  letGo(): void {
    if (!this.#isRead) {
      if (this.#hasUnread) this.#followedTo = -1;
      this.clear();
    }
    this.#isRead = false;
  }

  get #hasUnread(): boolean {
    const last = this.#records.at(-1);
    return last !== undefined && this.#isUnread(last.offset);
  }

  #isUnread(offset: Offset): boolean {
    return this.#followedTo >= 0 && offset >= this.#followedTo;
  }

  #fits(records: readonly LogRecord[]): boolean {
    let bytes = 0;
    for (const record of records) bytes += record.bytes;
    return this.#budget.usedBytes + bytes <= this.#budget.bytesMax;
  }

  /** Nothing when `from` is not kept. */
  read(from: Offset, limit: ReadLimit): readonly LogRecord[] {
    const { start } = this;
    if (start === undefined || from < start) return [];
    const collector = new Collector(limit);
    for (let at = from - start; at < this.#records.length; at += 1) {
      if (!collector.add(this.#records[at] as LogRecord)) break;
    }
    this.#isRead = true;
    if (this.#followedTo >= 0) this.#followedTo = Math.max(this.#followedTo, from + collector.records.length);
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
