/**
 * A write-ahead file: what transactions change, one entry behind the other, each durable when `append` resolves.
 *
 *     head   magic u32 · version u32 · crc32 u32 of what follows · nothing u32 · generation f64 · first sequence f64
 *     entry  length u32 of what follows the crc · crc32 u32 of that · sequence f64 · changes, each:
 *            kind u8 · length of the key u16 · length of the value u32 · key · value
 *
 * Numbers are little endian, and entries begin at multiples of eight. There are two such files, used in turn and never made
 * smaller, so that a flush writes data only: the file's length and its place on the disk were settled when it was made.
 *
 * A1. One append at a time; the next one is written behind it only when it is durable. A failed one is written over.
 * A2. Sequences grow by one. What is left from an earlier use of the file has lower ones, and is never taken for an entry.
 * A3. An entry that is not whole ends the file, as a crash leaves it. When a whole one with a later sequence follows, it
 *     was damaged afterwards: that is corrupt, not the end.
 */
import { closeSync, constants, fdatasync, openSync, readSync, write } from 'node:fs';
import { crc32 } from 'node:zlib';
import { type Change, Layer, nameOf } from './layer.ts';

const magic = 0x6d724157;
const version = 1;
const headBytes = 32;
const alignBytes = 8;
const entryHeadBytes = 16;
const changeHeadBytes = 7;
const kind = { put: 1, remove: 2 } as const;

/** What a file is made with, and grows by; what its bytes take in memory: half a second of a busy broker. */
export const aheadBytes = 2 * 1024 ** 2;

/** Where the kernel can be told once that every write is to be durable, one call does both. */
const durableWrites = process.platform === 'linux' ? constants.O_DSYNC : 0;

/** What is put and removed together. */
export interface Writing {
  readonly puts: readonly { readonly key: Buffer; readonly value: Uint8Array }[];
  readonly removals: readonly Buffer[];
}

export function entryBytes({ puts, removals }: Writing): number {
  let bytes = entryHeadBytes;
  for (const key of removals) bytes += changeHeadBytes + key.byteLength;
  for (const { key, value } of puts) bytes += changeHeadBytes + key.byteLength + value.byteLength;
  return bytes;
}

export class AheadFile {
  /** What its entries changed. The values lie in the memory of this file, until `release`. */
  readonly layer = new Layer();
  generation = 0;
  firstSequence = 1;
  lastSequence = 0;
  readonly #path: string;
  readonly #descriptor: number;
  #bytes: Buffer | undefined;
  #used = Number.POSITIVE_INFINITY;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = openSync(path, constants.O_RDWR | durableWrites);
  }

  /** Whether an entry of this size goes into it. */
  fits(bytes: number): boolean {
    return this.#bytes !== undefined && this.#used + bytes <= this.#bytes.byteLength;
  }

  /** Begins it anew. It becomes durable with its first entry. One larger than the file makes it grow. */
  begin(generation: number, firstSequence: number, bytes: number): void {
    const wanted = Math.ceil((headBytes + bytes) / aheadBytes) * aheadBytes;
    if (this.#bytes === undefined || this.#bytes.byteLength < wanted) this.#bytes = Buffer.allocUnsafeSlow(wanted);
    this.generation = generation;
    this.firstSequence = firstSequence;
    this.lastSequence = firstSequence - 1;
    this.#used = headBytes;
    const head = this.#bytes;
    head.writeUInt32LE(magic, 0);
    head.writeUInt32LE(version, 4);
    head.writeUInt32LE(0, 12);
    head.writeDoubleLE(generation, 16);
    head.writeDoubleLE(firstSequence, 24);
    head.writeUInt32LE(crc32(head.subarray(12, headBytes)), 8);
  }

  /** Resolves when it is durable (A1); what it changes is in the layer then. Rejects with what the system says. */
  async append(writing: Writing): Promise<void> {
    const bytes = this.#bytes;
    if (bytes === undefined) throw new Error(`${this.#path} was not begun`);
    const changes: Change[] = [];
    const end = encodeEntry(bytes, this.#used, this.lastSequence + 1, writing, changes);
    await this.#flush(bytes, this.#used === headBytes ? 0 : this.#used, end);
    this.#used = aligned(end);
    this.lastSequence += 1;
    for (const change of changes) this.layer.set(change);
  }

  /** Everything of it is in the data file: it may be begun again. The memory of one that grew is given back, unless told to keep it. */
  release(keepLarge = false): void {
    this.layer.clear();
    if (!keepLarge && this.#bytes !== undefined && this.#bytes.byteLength > aheadBytes) this.#bytes = undefined;
    this.#used = Number.POSITIVE_INFINITY;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Reads the file. False when it was never used, or a crash cut off the very beginning of its use. */
  read(): boolean {
    const bytes = this.#readAll();
    this.#bytes = bytes;
    if (bytes.byteLength < headBytes || bytes.readUInt32LE(0) !== magic) return false;
    if (bytes.readUInt32LE(8) !== crc32(bytes.subarray(12, headBytes))) return false;
    this.generation = bytes.readDoubleLE(16);
    this.firstSequence = bytes.readDoubleLE(24);
    return true;
  }

  /**
   * Takes its entries after `settled` and before `before` into the layer (A2). An entry at `before` or after it was
   * refused, and written again in the next file. Gives what is wrong with the file (A3).
   */
  load(settled: number, before: number): string | undefined {
    const bytes = this.#bytes ?? Buffer.alloc(0);
    this.lastSequence = this.firstSequence - 1;
    let at = headBytes;
    for (let length = lengthAt(bytes, at, this.firstSequence); length > 0 && this.lastSequence + 1 < before; ) {
      this.lastSequence += 1;
      if (this.lastSequence > settled) {
        for (const change of decodeChanges(bytes, at)) this.layer.set(change);
      }
      at += length;
      length = lengthAt(bytes, at, this.lastSequence + 1);
    }
    return this.lastSequence + 1 < before ? this.damage(at, Math.max(this.lastSequence, settled)) : undefined;
  }

  /** A3: says so when from byte `from` on there is a whole entry with a sequence above `sequence`. */
  damage(from: number, sequence: number): string | undefined {
    const bytes = this.#bytes ?? Buffer.alloc(0);
    const numbers = new Float64Array(bytes.buffer, bytes.byteOffset, Math.floor(bytes.byteLength / alignBytes));
    for (let at = from; at + entryHeadBytes <= bytes.byteLength; at += alignBytes) {
      const found = numbers[at / alignBytes + 1] as number;
      if (found > sequence && found < sequence + bytes.byteLength && lengthAt(bytes, at, found) > 0) {
        return `${this.#path} is damaged at byte ${at}: entry ${found} follows what cannot be read`;
      }
    }
    return undefined;
  }

  #readAll(): Buffer {
    const chunks: Buffer[] = [];
    for (let at = 0; ; ) {
      const chunk = Buffer.allocUnsafeSlow(aheadBytes);
      const count = readSync(this.#descriptor, chunk, 0, aheadBytes, at);
      if (count === 0) return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, count));
      at += count;
    }
  }

  /** The system may take a part of it: then the rest is given again. */
  async #flush(bytes: Buffer, from: number, to: number): Promise<void> {
    for (let at = from; at < to; ) at += await this.#write(bytes, at, to - at);
    if (durableWrites === 0) await this.#sync();
  }

  #write(bytes: Buffer, at: number, count: number): Promise<number> {
    return new Promise((resolve, reject) => {
      write(this.#descriptor, bytes, at, count, at, (error, written) => {
        if (error === null) resolve(written);
        else reject(error);
      });
    });
  }

  #sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => (error === null ? resolve() : reject(error)));
    });
  }
}

/** Writes an entry at `start`, notes what it changes with values that lie in `bytes`, and gives where it ends. */
function encodeEntry(bytes: Buffer, start: number, sequence: number, writing: Writing, changes: Change[]): number {
  let at = start + entryHeadBytes;
  for (const key of writing.removals) {
    at = encodeHead(bytes, at, kind.remove, key, 0);
    changes.push([nameOf(key), null]);
  }
  for (const { key, value } of writing.puts) {
    at = encodeHead(bytes, at, kind.put, key, value.byteLength);
    bytes.set(value, at);
    changes.push([nameOf(key), bytes.subarray(at, at + value.byteLength)]);
    at += value.byteLength;
  }
  bytes.writeUInt32LE(at - start - 8, start);
  bytes.writeDoubleLE(sequence, start + 8);
  bytes.writeUInt32LE(crc32(bytes.subarray(start + 8, at)), start + 4);
  return at;
}

function encodeHead(bytes: Buffer, at: number, what: number, key: Buffer, valueBytes: number): number {
  bytes[at] = what;
  bytes.writeUInt16LE(key.byteLength, at + 1);
  bytes.writeUInt32LE(valueBytes, at + 3);
  bytes.set(key, at + changeHeadBytes);
  return at + changeHeadBytes + key.byteLength;
}

/** How far from the entry with this sequence at `at` to the next one; 0 when there is none that is whole. */
function lengthAt(bytes: Buffer, at: number, sequence: number): number {
  if (at + entryHeadBytes > bytes.byteLength || bytes.readDoubleLE(at + 8) !== sequence) return 0;
  const end = at + 8 + bytes.readUInt32LE(at);
  if (end < at + entryHeadBytes || end > bytes.byteLength) return 0;
  return bytes.readUInt32LE(at + 4) === crc32(bytes.subarray(at + 8, end)) ? aligned(end - at) : 0;
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / alignBytes) * alignBytes;
}

function* decodeChanges(bytes: Buffer, start: number): Generator<Change> {
  const to = start + 8 + bytes.readUInt32LE(start);
  for (let at = start + entryHeadBytes; at < to; ) {
    const keyEnd = at + changeHeadBytes + bytes.readUInt16LE(at + 1);
    const valueEnd = keyEnd + bytes.readUInt32LE(at + 3);
    const name = nameOf(bytes.subarray(at + changeHeadBytes, keyEnd));
    yield [name, bytes[at] === kind.put ? bytes.subarray(keyEnd, valueEnd) : null];
    at = valueEnd;
  }
}
