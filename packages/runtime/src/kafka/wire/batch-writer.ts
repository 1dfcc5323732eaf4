/**
 * Record batches as Kafka stores them (format 2), written into one buffer that grows and is used again.
 *
 * Written by hand for its cost: the library makes a chain of small buffers for every record and takes records as maps, which
 * events would have to be made into first.
 *
 * Source: Kafka's documentation, "Record Batch" and "Record".
 */
import { crc32c, Reader } from '@platformatic/kafka';
import type { OutgoingRecord } from '../port.ts';

/** Identifies the writer to Kafka, so that a batch that comes twice is stored once. */
export interface ProducerState {
  readonly id: bigint;
  readonly epoch: number;
  sequence: number;
}

export interface BatchOptions {
  readonly producer: ProducerState;
  readonly timeMs: number;
}

/** Bytes before the first record. */
const headBytes = 61;
/** A buffer larger than this is not kept for the next request. */
const keepBytes = 2 * 1_048_576;
/** What a record needs besides its bytes, at most: numbers of up to five bytes each. */
const recordOverhead = 40;
const headerOverhead = 10;
/** Strings of up to this many characters are copied here, longer ones by Node: the call costs as much as these do. */
const shortText = 24;

/** Upper bound of what a record takes: three bytes a character at most. */
export function recordBytesMax(record: OutgoingRecord): number {
  let bytes = recordOverhead + (record.key?.byteLength ?? 0) + (record.value?.byteLength ?? 0);
  for (const text of record.headers) bytes += 3 * text.length + headerOverhead;
  return bytes;
}

export class BatchWriter {
  #buffer = Buffer.allocUnsafeSlow(65_536);
  #at = 0;

  /** Starts over; what `bytes` gave is not valid any more. */
  reset(): void {
    this.#at = 0;
    if (this.#buffer.byteLength > keepBytes) this.#buffer = Buffer.allocUnsafeSlow(65_536);
  }

  /** The batch of the records. Valid until the next `reset`. */
  batch(records: readonly OutgoingRecord[], { producer, timeMs }: BatchOptions): Buffer {
    let needed = headBytes;
    for (const record of records) needed += recordBytesMax(record);
    this.#reserve(needed);
    const start = this.#at;
    this.#at = start + headBytes;
    for (let delta = 0; delta < records.length; delta += 1) this.#record(records[delta] as OutgoingRecord, delta);
    const buffer = this.#buffer;
    const end = this.#at;
    buffer.writeBigInt64BE(0n, start);
    buffer.writeInt32BE(end - start - 12, start + 8);
    buffer.writeInt32BE(-1, start + 12); // partition leader epoch: the broker's to set
    buffer[start + 16] = 2; // format
    buffer.writeInt16BE(0, start + 21);
    buffer.writeInt32BE(records.length - 1, start + 23);
    const time = BigInt(timeMs);
    buffer.writeBigInt64BE(time, start + 27);
    buffer.writeBigInt64BE(time, start + 35);
    buffer.writeBigInt64BE(producer.id, start + 43);
    buffer.writeInt16BE(producer.epoch, start + 51);
    buffer.writeInt32BE(producer.sequence, start + 53);
    buffer.writeInt32BE(records.length, start + 57);
    // Wrapped as the library's own buffer it is not copied for the checksum.
    buffer.writeUInt32BE(crc32c(Reader.from(buffer.subarray(start + 21, end)).buffer), start + 17);
    return buffer.subarray(start, end);
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.byteLength) return;
    // Batches that were given out stay where they are: only what comes next goes into the new buffer.
    this.#buffer = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.byteLength, bytes));
    this.#at = 0;
  }

  #record(record: OutgoingRecord, delta: number): void {
    const { key, value, headers } = record;
    // The length stands before the record: its size is guessed, and the record moved when the guess took other room.
    const guess = (key?.byteLength ?? 0) + (value?.byteLength ?? 0) + headersGuess(headers);
    const lengthAt = this.#at;
    const guessed = varintBytes(2 * guess);
    const from = lengthAt + guessed;
    this.#at = from;
    this.#buffer[this.#at++] = 0; // attributes
    this.#buffer[this.#at++] = 0; // time, from the batch's
    this.#varint(2 * delta);
    this.#bytes(key);
    this.#bytes(value);
    this.#varint(headers.length); // half as many headers, written as a signed number
    for (const text of headers) this.#text(text);
    const length = this.#at - from;
    const taken = varintBytes(2 * length);
    if (taken !== guessed) {
      this.#buffer.copyWithin(lengthAt + taken, from, this.#at);
    }
    this.#at = lengthAt;
    this.#varint(2 * length);
    this.#at += length;
  }

  #bytes(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.#buffer[this.#at++] = 1; // -1
      return;
    }
    this.#varint(2 * bytes.byteLength);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.byteLength;
  }

  #text(text: string): void {
    const { length } = text;
    if (length <= shortText) {
      const buffer = this.#buffer;
      const from = this.#at + 1; // a length of up to 63 takes one byte
      let at = 0;
      for (; at < length; at += 1) {
        const code = text.charCodeAt(at);
        if (code > 0x7f) break;
        buffer[from + at] = code;
      }
      if (at === length) {
        buffer[this.#at] = 2 * length;
        this.#at = from + length;
        return;
      }
    }
    const bytes = Buffer.byteLength(text);
    this.#varint(2 * bytes);
    this.#at += this.#buffer.write(text, this.#at, 'utf8');
  }

  /** A number of 0 or more, already doubled where it is a signed one. */
  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }
}

function headersGuess(headers: readonly string[]): number {
  let bytes = 8 + headers.length;
  for (const text of headers) bytes += text.length;
  return bytes;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes += 1;
  return bytes;
}
