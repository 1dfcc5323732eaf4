/**
 * Reads record batches (format 2) out of an answer, all codecs. Each value is copied, so that an event that is kept does not
 * keep the whole answer in memory; header names are remembered by their place, since records of one writer look alike.
 *
 * An answer may end within a batch: that one is read the next time. Old formats (0 and 1, before Kafka 0.11) are passed over
 * by their offsets: Kafka 4 no longer stores them.
 */
import { compressionsAlgorithmsByBitmask } from '@platformatic/kafka';
import { KafkaError } from '../errors.ts';
import type { IncomingRecord } from '../port.ts';

const headBytes = 61;
const compressionMask = 0b111;
const appendTimeMask = 0b1000;
const transactionalMask = 0b1_0000;
const controlMask = 0b10_0000;

/** A transaction that was given up: records of its writer from there on do not count, up to the marker of its end. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export interface BatchesRead {
  readonly records: IncomingRecord[];
  /** Behind the last whole batch; `from` when there is none. */
  readonly next: number;
}

interface BatchHead {
  readonly baseOffset: number;
  readonly attributes: number;
  readonly firstTimeMs: number;
  readonly maxTimeMs: number;
  readonly count: number;
}

/** The records at or after `from`. Throws KafkaError `CORRUPT_MESSAGE` for what no broker sends. */
export function readBatches(bytes: Buffer, from: number, aborted: readonly AbortedTransaction[]): BatchesRead {
  const records: IncomingRecord[] = [];
  const open = new Set<bigint>();
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  let next = from;
  for (let at = 0; at + headBytes <= bytes.byteLength; ) {
    const end = at + 12 + bytes.readInt32BE(at + 8);
    if (end > bytes.byteLength) break;
    const baseOffset = Number(bytes.readBigInt64BE(at));
    const last = baseOffset + bytes.readInt32BE(at + 23);
    if (bytes[at + 16] === 2 && last >= from) {
      const producerId = bytes.readBigInt64BE(at + 43);
      while (waiting[0] !== undefined && waiting[0].firstOffset <= last) open.add(waiting.shift()?.producerId ?? -1n);
      const attributes = bytes.readInt16BE(at + 21);
      if ((attributes & controlMask) !== 0) open.delete(producerId);
      else if ((attributes & transactionalMask) === 0 || !open.has(producerId)) {
        readBatch(bytes, at, end, headOf(bytes, at, baseOffset, attributes), from, records);
      }
    }
    next = Math.max(next, last + 1);
    at = end;
  }
  return { records, next };
}

function headOf(bytes: Buffer, at: number, baseOffset: number, attributes: number): BatchHead {
  return {
    baseOffset,
    attributes,
    firstTimeMs: Number(bytes.readBigInt64BE(at + 27)),
    maxTimeMs: Number(bytes.readBigInt64BE(at + 35)),
    count: bytes.readInt32BE(at + 57),
  };
}

function readBatch(bytes: Buffer, at: number, end: number, head: BatchHead, from: number, out: IncomingRecord[]): void {
  let body = bytes.subarray(at + headBytes, end);
  const codec = head.attributes & compressionMask;
  if (codec !== 0) {
    const algorithm = compressionsAlgorithmsByBitmask[codec];
    if (algorithm === undefined)
      throw new KafkaError('UNSUPPORTED_COMPRESSION_TYPE', `compression ${codec} is unknown`);
    body = asBuffer(algorithm.decompressSync(body));
  }
  const reader = new RecordReader(body);
  for (let left = head.count; left > 0; left -= 1) {
    const record = reader.record(head, from);
    if (record !== undefined) out.push(record);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Names of headers by their place in the record before: nearly always the same again. */
const remembered: { bytes: Uint8Array; text: string }[] = [];
/** So many places are remembered; records with more headers are rare. */
const rememberedMax = 32;

class RecordReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The next record; undefined when it is before `from`. */
  record(head: BatchHead, from: number): IncomingRecord | undefined {
    const length = this.#signed();
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.byteLength) throw truncated();
    this.#at += 1; // attributes
    const timeDelta = this.#signed();
    const offset = head.baseOffset + this.#signed();
    if (offset < from) {
      this.#at = end;
      return undefined;
    }
    const key = this.#copy();
    const value = this.#copy();
    const headers: string[] = [];
    const count = this.#signed();
    for (let index = 0; index < count; index += 1) headers.push(this.#name(index), this.#text());
    this.#at = end;
    const timeMs = (head.attributes & appendTimeMask) !== 0 ? head.maxTimeMs : head.firstTimeMs + timeDelta;
    return { offset, timeMs, key, value, headers };
  }

  #name(index: number): string {
    const length = this.#signed();
    const from = this.#at;
    this.#at += length;
    const known = remembered[index];
    if (known !== undefined && known.bytes.byteLength === length && this.#isAt(known.bytes, from)) return known.text;
    const text = this.#bytes.toString('utf8', from, from + length);
    if (index < rememberedMax && index <= remembered.length) {
      remembered[index] = { bytes: Uint8Array.prototype.slice.call(this.#bytes, from, from + length), text };
    }
    return text;
  }

  #isAt(expected: Uint8Array, from: number): boolean {
    for (let at = 0; at < expected.byteLength; at += 1) {
      if (this.#bytes[from + at] !== expected[at]) return false;
    }
    return true;
  }

  #text(): string {
    const length = this.#signed();
    if (length <= 0) return '';
    const from = this.#at;
    this.#at += length;
    return this.#bytes.toString('utf8', from, this.#at);
  }

  #copy(): Buffer | undefined {
    const length = this.#signed();
    if (length < 0) return undefined;
    const from = this.#at;
    this.#at += length;
    return Buffer.copyBytesFrom(this.#bytes, from, length);
  }

  /** A signed number of variable length. Times are beyond 32 bits: the rest is added, not shifted. */
  #signed(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 63; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw truncated();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    throw truncated();
  }
}

function truncated(): KafkaError {
  return new KafkaError('CORRUPT_MESSAGE', 'a record batch ends before its records do');
}
