/**
 * Records in memory: those appended last, of all logs, and those read from disk last. Both are bounded by bytes.
 *
 * C1. What a log's tail holds is without gaps and ends at the log's end: it is only cut off at its start.
 */
import { Collector } from '../collect.ts';
import type { LogRecord, Offset, ReadLimit } from '../log.ts';

/** The newest records of one log. */
export class LogTail {
  #batches: (readonly LogRecord[])[] = [];
  #head = 0;

  /** The first offset it holds, or undefined when it holds nothing. */
  get start(): Offset | undefined {
    return this.#batches[this.#head]?.[0]?.offset;
  }

  add(batch: readonly LogRecord[]): void {
    this.#batches.push(batch);
  }

  dropOldest(): void {
    this.#batches[this.#head] = [];
    this.#head += 1;
    if (this.#head * 2 > this.#batches.length) {
      this.#batches = this.#batches.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Records from `from` on, or undefined when the first of them is not here. */
  read(from: Offset, limit: ReadLimit): readonly LogRecord[] | undefined {
    const start = this.start;
    if (start === undefined || from < start) return undefined;
    let low = this.#head;
    let high = this.#batches.length;
    while (low + 1 < high) {
      const middle = (low + high) >>> 1;
      if (((this.#batches[middle] as readonly LogRecord[])[0] as LogRecord).offset <= from) low = middle;
      else high = middle;
    }
    const collector = new Collector(limit);
    let at = from - ((this.#batches[low] as readonly LogRecord[])[0] as LogRecord).offset;
    for (; low < this.#batches.length; low += 1, at = 0) {
      const batch = this.#batches[low] as readonly LogRecord[];
      for (; at < batch.length; at += 1) if (!collector.add(batch[at] as LogRecord)) return collector.records;
    }
    return collector.records;
  }
}

/**
 * Bounds the tails of all logs together: the batch appended longest ago goes first, whichever log it is of. Between `add`
 * and `trim` there is besides what one transaction brought.
 */
export class TailCache {
  readonly #bytesMax: number;
  #queue: { readonly tail: LogTail; readonly bytes: number }[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(tail: LogTail, batch: readonly LogRecord[]): void {
    const bytes = batch.reduce((sum, record) => sum + record.bytes, 0);
    tail.add(batch);
    this.#queue.push({ tail, bytes });
    this.#bytes += bytes;
  }

  /**
   * Lets go of what is beyond the limit: after those who wait for new records have read them, which they do as soon as
   * they are told. The newest batch goes like any other when it alone is too large.
   */
  trim(): void {
    for (let oldest = this.#queue[this.#head]; oldest !== undefined && this.#bytes > this.#bytesMax; ) {
      oldest.tail.dropOldest();
      this.#bytes -= oldest.bytes;
      this.#head += 1;
      oldest = this.#queue[this.#head];
    }
    if (this.#head > 64 && this.#head * 2 > this.#queue.length) {
      this.#queue = this.#queue.slice(this.#head);
      this.#head = 0;
    }
  }

  /** Forgets a log that was closed or removed. */
  forget(tail: LogTail): void {
    const kept = this.#queue.slice(this.#head).filter((entry) => entry.tail !== tail);
    this.#queue = kept;
    this.#head = 0;
    this.#bytes = kept.reduce((sum, entry) => sum + entry.bytes, 0);
  }
}

/** Batches that were read from disk, the one used longest ago going first. */
export class ReadCache {
  readonly #bytesMax: number;
  readonly #batches = new Map<string, { readonly records: readonly LogRecord[]; readonly bytes: number }>();
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get(name: string): readonly LogRecord[] | undefined {
    const found = this.#batches.get(name);
    if (found === undefined) return undefined;
    this.#batches.delete(name);
    this.#batches.set(name, found);
    return found.records;
  }

  add(name: string, records: readonly LogRecord[]): void {
    const bytes = records.reduce((sum, record) => sum + record.bytes, 0);
    if (bytes > this.#bytesMax || this.#batches.has(name)) return;
    this.#batches.set(name, { records, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: oldestBytes }] of this.#batches) {
      if (this.#bytes <= this.#bytesMax) return;
      this.#batches.delete(oldest);
      this.#bytes -= oldestBytes;
    }
  }
}
