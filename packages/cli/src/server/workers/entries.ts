/**
 * Entries of a batch: what is said for each event, as bytes. An event is laid out as the log lays it out
 * (`packages/channel/src/log/frame.ts`), so that what crosses a thread is byte for byte what came (A5).
 *
 * Each entry begins with one of the numbers of `entry`; its reader is called with that number already read.
 */
import type { ByteReader, ByteWriter } from '@millrace/channel';

export const entry = {
  /** To main: records to append. */
  take: 1,
  /** To a worker: what was handed over in so many entries is durable. */
  taken: 2,
  /** To a worker: it was not appended, and why. */
  notTaken: 3,
  /** To a worker: it is durable, and how it ended for every subscriber. */
  settled: 4,
  /** To a worker: a destination with its policy, named by a number from here on. */
  way: 5,
  attempt: 6,
  /** To a worker: an attempt with the event of the attempt before it in this batch. */
  sameEvent: 7,
  /** To a worker: cancels the attempts of a signal. */
  cancel: 8,
  /** To main: how an attempt ended. */
  outcome: 9,
} as const;

/** Room for what an entry has besides texts and events: a few numbers of ten bytes at most each. */
const numbersBytes = 64;

/** Room for the numbers of one entry. */
export function beginEntry(writer: ByteWriter, kind: number): void {
  writer.reserve(numbersBytes, 0);
  writer.u8(kind);
}

export function writeText(writer: ByteWriter, text: string): void {
  const bytes = Buffer.byteLength(text, 'utf8');
  writer.reserve(bytes + numbersBytes, 0);
  writer.varint(bytes);
  writer.text(text, 'utf8');
}

export function readText(reader: ByteReader): string {
  return reader.text(reader.count(), 'utf8');
}

export function writeBytes(writer: ByteWriter, bytes: Uint8Array): void {
  writer.reserve(bytes.byteLength + numbersBytes, 0);
  writer.varint(bytes.byteLength);
  writer.bytes(bytes);
}

export function readBytes(reader: ByteReader): Uint8Array {
  return reader.copy(reader.count());
}
