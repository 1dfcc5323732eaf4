/**
 * The batches of one log on disk: finding, reading, adding and removing them.
 *
 * T1. The batches from `start` to `end` lie without a gap. One that is missing or is not as it was written is told as
 *     corrupt; what is after it is still given when asked for.
 */
import type { ByteWriter } from '../bytes.ts';
import { Collector } from '../collect.ts';
import { decodeBatch, encodeBatch } from '../frame.ts';
import type { LogRecord, NewRecord, Offset, ReadLimit, ReadOutcome } from '../log.ts';
import type { ReadCache } from './caches.ts';
import { type Changes, type Environment, messageOf } from './environment.ts';
import { type BatchKey, batchBound, batchKey, batchKeyBytes, parseBatchKey } from './keys.ts';

/** Where a log's batches begin and end, and what they sum up to. */
export interface Extent {
  readonly start: Offset;
  readonly end: Offset;
  /** Bytes of all batches that were ever before the first, and before the end. */
  readonly before: number;
  readonly upTo: number;
  readonly lastTimeMs: number;
}

export const emptyExtent: Extent = { start: 0, end: 0, before: 0, upTo: 0, lastTimeMs: 0 };

/** The record in its place. Spelled out: every event comes by here. */
export function placed({ event, headers, key }: NewRecord, offset: Offset, timeMs: number, bytes: number): LogRecord {
  const partition = 0;
  return key === undefined
    ? { event, headers, partition, offset, timeMs, bytes }
    : { event, headers, key, partition, offset, timeMs, bytes };
}

const corruptKey = 'corrupt: the key of a batch of records is not as it was written';

export interface DiskReads {
  /** Batches read from disk since the start. */
  diskReads: number;
}

export class LocalBatches {
  readonly #log: number;
  readonly #environment: Environment;
  readonly #cache: ReadCache;
  readonly #reads: DiskReads;

  constructor(log: number, environment: Environment, cache: ReadCache, reads: DiskReads) {
    this.#log = log;
    this.#environment = environment;
    this.#cache = cache;
    this.#reads = reads;
  }

  /** `empty` is where it goes on when there is no batch at all. Text: what is wrong. */
  load(empty: Extent): Extent | string {
    const all = { from: batchBound(this.#log, 0), to: batchBound(this.#log + 1, 0), limit: 1 };
    const [firstKey] = this.#environment.keys(all);
    const [lastKey] = this.#environment.keys({ ...all, backwards: true });
    if (firstKey === undefined || lastKey === undefined) {
      return { ...empty, start: empty.end, before: empty.upTo };
    }
    const first = parseBatchKey(firstKey);
    const last = parseBatchKey(lastKey);
    if (first === undefined || last === undefined) return corruptKey;
    return {
      start: first.firstOffset,
      end: Math.max(last.firstOffset + last.count, empty.end),
      before: first.before,
      upTo: last.before + last.bytes,
      lastTimeMs: Math.max(last.timeMs, empty.lastTimeMs),
    };
  }

  /** Adds one batch after `extent` and gives the extent with it. */
  add(extent: Extent, records: readonly LogRecord[], changes: Changes, frames: ByteWriter): Extent {
    const { offset: firstOffset, timeMs } = records[0] as LogRecord;
    const head = { log: this.#log, partition: 0, firstOffset, timeMs, count: records.length };
    const frame = encodeBatch(frames, head, records);
    const bytes = frame.byteLength + batchKeyBytes;
    changes.put(batchKey({ ...head, before: extent.upTo, bytes }), frame);
    return { ...extent, end: firstOffset + records.length, upTo: extent.upTo + bytes, lastTimeMs: timeMs };
  }

  /** Keys of the batches from the oldest on that lie wholly below `upTo`. Ends at one that is corrupt. */
  *oldest(extent: Extent, upTo: Offset): Generator<{ readonly key: Buffer; readonly batch: BatchKey }> {
    const range = { from: batchBound(this.#log, extent.start), to: batchBound(this.#log, upTo) };
    for (const key of this.#environment.keys(range)) {
      const batch = parseBatchKey(key);
      if (batch === undefined || batch.firstOffset + batch.count > upTo) return;
      yield { key, batch };
    }
  }

  /** The first offset whose record has this time or a later one. */
  offsetAt(extent: Extent, timeMs: number): Offset {
    let low = extent.start;
    let high = extent.end;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const batch = this.#holding(middle);
      if (batch === undefined) return low;
      if (batch.timeMs >= timeMs) high = Math.min(high, batch.firstOffset);
      else low = Math.max(low + 1, batch.firstOffset + batch.count);
    }
    return low;
  }

  /** Never throws (L6): a page that LMDB cannot make sense of is told as corrupt as well. */
  read(extent: Extent, from: Offset, limit: ReadLimit): ReadOutcome {
    const collector = new Collector(limit);
    let next = from;
    try {
      let batch = this.#holding(from);
      let wrong: string | undefined;
      while (batch !== undefined && next < extent.end) {
        const records = this.#records(batch);
        if (typeof records === 'string') {
          wrong = records;
          break;
        }
        for (let at = next - batch.firstOffset; at < records.length; at += 1) {
          if (!collector.add(records[at] as LogRecord)) return { kind: 'records', records: collector.records, next };
          next += 1;
        }
        batch = next < extent.end ? this.#holding(next) : undefined;
      }
      // What was read before the corrupt place is given first; asking again from there tells of it.
      if (collector.records.length > 0) return { kind: 'records', records: collector.records, next };
      return { kind: 'failed', reason: wrong ?? `corrupt: the record at offset ${next} is missing` };
    } catch (error) {
      return { kind: 'failed', reason: `corrupt: ${messageOf(error)}` };
    }
  }

  /** The batch that has the record at `offset`, by its key only. */
  #holding(offset: Offset): BatchKey | undefined {
    const range = { from: batchBound(this.#log, 0), to: batchBound(this.#log, offset + 1), backwards: true, limit: 1 };
    const [key] = this.#environment.keys(range);
    const batch = key && parseBatchKey(key);
    return batch !== undefined && offset < batch.firstOffset + batch.count ? batch : undefined;
  }

  #records(batch: BatchKey): readonly LogRecord[] | string {
    const name = `${this.#log}:${batch.firstOffset}`;
    const cached = this.#cache.get(name);
    if (cached !== undefined) return cached;
    const frame = this.#environment.get(batchKey(batch));
    this.#reads.diskReads += 1;
    if (frame === undefined) return `corrupt: the batch at offset ${batch.firstOffset} is missing`;
    const decoded = decodeBatch(frame, batch);
    if (decoded.kind === 'corrupt') return `corrupt: ${decoded.reason}, at offset ${batch.firstOffset}`;
    this.#cache.add(name, decoded.records);
    return decoded.records;
  }
}
