/**
 * The keys of the local store: one ordered map holds everything, so that a commit changes few pages.
 *
 *     01                                   what this directory is: format and version
 *     02 log                               a log: its name and where it goes on when it is empty
 *     03 log first time count before bytes crc    a batch of records: all that trimming and searching need to know
 *     04 log name                          a cursor
 *     05 log                               the shared reader's position
 *     06 id                                a dead letter
 *     07 sha256 of what it stands for      which dead letter that is
 *     08 subscription                      how many dead letters it has, and their bytes
 *     09 log                               a log that is being removed
 *     0a                                   up to which entry the write-ahead files are in the data file
 *
 * Numbers are big endian, so that keys sort by them. The crc in a batch's key is of the key before it.
 */
import { crc32 } from 'node:zlib';
import type { BatchHead } from '../frame.ts';

export const kinds = {
  format: 1,
  log: 2,
  batch: 3,
  cursor: 4,
  readUpTo: 5,
  letter: 6,
  letterIdentity: 7,
  letterCount: 8,
  removing: 9,
  settled: 10,
} as const;

/** LMDB's own limit is 1,978 bytes; names that go into keys are UIDs and far below this. */
const nameBytesMax = 1_024;

/** What a batch's key says of it. `before` counts the bytes of all batches that were ever before it in its log. */
export interface BatchKey extends BatchHead {
  readonly before: number;
  readonly bytes: number;
}

const at = { log: 1, first: 5, time: 12, count: 18, before: 22, bytes: 29, crc: 33 } as const;
export const batchKeyBytes = 37;

export function formatKey(): Buffer {
  return Buffer.from([kinds.format]);
}

export function settledKey(): Buffer {
  return Buffer.from([kinds.settled]);
}

/** A key of a kind and a number: a log, a removal, a shared reader's position. */
export function numberKey(kind: number, number: number): Buffer {
  const key = Buffer.allocUnsafe(5);
  key[0] = kind;
  key.writeUInt32BE(number, 1);
  return key;
}

export function numberOf(key: Uint8Array): number {
  return Buffer.from(key).readUInt32BE(1);
}

export function batchKey(batch: BatchKey): Buffer {
  const key = Buffer.allocUnsafeSlow(batchKeyBytes);
  key[0] = kinds.batch;
  key.writeUInt32BE(batch.log, at.log);
  writeUInt56(key, batch.firstOffset, at.first);
  key.writeUIntBE(batch.timeMs, at.time, 6);
  key.writeUInt32BE(batch.count, at.count);
  writeUInt56(key, batch.before, at.before);
  key.writeUInt32BE(batch.bytes, at.bytes);
  key.writeUInt32BE(crc32(key.subarray(0, at.crc)), at.crc);
  return key;
}

/** The parts of a batch's key, or undefined when it is not one that was written. */
export function parseBatchKey(key: Buffer): BatchKey | undefined {
  if (key.byteLength !== batchKeyBytes || key[0] !== kinds.batch) return undefined;
  if (key.readUInt32BE(at.crc) !== crc32(key.subarray(0, at.crc))) return undefined;
  return {
    log: key.readUInt32BE(at.log),
    partition: 0,
    firstOffset: readUInt56(key, at.first),
    timeMs: key.readUIntBE(at.time, 6),
    count: key.readUInt32BE(at.count),
    before: readUInt56(key, at.before),
    bytes: key.readUInt32BE(at.bytes),
  };
}

/** Sorts before every batch of the log that starts at `offset` or later, and after all before. */
export function batchBound(log: number, offset: number): Buffer {
  const key = Buffer.allocUnsafe(at.time);
  key[0] = kinds.batch;
  key.writeUInt32BE(log, at.log);
  writeUInt56(key, offset, at.first);
  return key;
}

export function cursorKey(log: number, name: string): Buffer {
  return Buffer.concat([numberKey(kinds.cursor, log), nameBytes(name)]);
}

export function cursorNameOf(key: Buffer): string {
  return key.toString('utf8', 5);
}

export function letterKey(id: number): Buffer {
  const key = Buffer.allocUnsafe(8);
  key[0] = kinds.letter;
  writeUInt56(key, id, 1);
  return key;
}

export function letterIdOf(key: Buffer): number {
  return readUInt56(key, 1);
}

export function letterCountKey(subscriptionUid: string): Buffer {
  return Buffer.concat([Buffer.from([kinds.letterCount]), nameBytes(subscriptionUid)]);
}

function nameBytes(name: string): Buffer {
  const bytes = Buffer.from(name, 'utf8');
  if (bytes.byteLength === 0 || bytes.byteLength > nameBytesMax) {
    throw new RangeError(`a name of ${bytes.byteLength} bytes cannot be a key: 1 to ${nameBytesMax} are possible`);
  }
  return bytes;
}

function writeUInt56(key: Buffer, value: number, position: number): void {
  key[position] = Math.floor(value / 2 ** 48);
  key.writeUIntBE(value % 2 ** 48, position + 1, 6);
}

function readUInt56(key: Buffer, position: number): number {
  return (key[position] as number) * 2 ** 48 + key.readUIntBE(position + 1, 6);
}
