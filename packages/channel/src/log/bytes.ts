/**
 * Reading and writing bytes for what is stored: fixed and variable-length numbers, and a checksum around small values.
 *
 * B1. A reader never goes past its end: whatever the bytes are, it throws `FrameError` and nothing else.
 * B2. What a writer handed out as finished is not written to again before `reset`.
 */
import { crc32 } from 'node:zlib';

/** The bytes are not what a writer of this format wrote. Caught where a frame is decoded, never seen outside. */
export class FrameError extends Error {}

const sealVersion = 1;
const sealBytes = 5;

/** A checksum and a version before `payload`, so that a changed byte is noticed. */
export function seal(payload: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafeSlow(sealBytes + payload.byteLength);
  sealed[4] = sealVersion;
  sealed.set(payload, sealBytes);
  sealed.writeUInt32LE(crc32(sealed.subarray(4)), 0);
  return sealed;
}

/** What was sealed, or undefined when the bytes are not as they were written. */
export function unseal(sealed: Uint8Array): Buffer | undefined {
  const bytes = asBuffer(sealed);
  if (bytes.byteLength < sealBytes || bytes[4] !== sealVersion) return undefined;
  if (bytes.readUInt32LE(0) !== crc32(bytes.subarray(4))) return undefined;
  return bytes.subarray(sealBytes);
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Grows as it is written to. One is used again for many values, so that their memory is not asked for each time. */
export class ByteWriter {
  #buffer: Buffer;
  #position = 0;
  readonly #keepBytes: number;

  constructor(keepBytes = 4096) {
    this.#keepBytes = keepBytes;
    this.#buffer = Buffer.allocUnsafeSlow(4096);
  }

  get position(): number {
    return this.#position;
  }

  /** Starts over. Bytes that `from` gave are no longer valid. A buffer larger than what is kept is given back. */
  reset(keepBytes = this.#keepBytes): void {
    this.#position = 0;
    if (this.#buffer.byteLength > keepBytes) this.#buffer = Buffer.allocUnsafeSlow(4096);
  }

  /**
   * Makes room for `bytes` more. The bytes from `start` on move along when the buffer is replaced; what lies before
   * stays where it was handed out (B2). Gives where `start` is now.
   */
  reserve(bytes: number, start: number): number {
    if (this.#position + bytes <= this.#buffer.byteLength) return start;
    const kept = this.#position - start;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#buffer.byteLength, kept + bytes));
    this.#buffer.copy(larger, 0, start, this.#position);
    this.#buffer = larger;
    this.#position = kept;
    return 0;
  }

  /** Goes on at an earlier position, over what was written since. */
  back(position: number): void {
    this.#position = position;
  }

  /** The bytes from `start` up to here, without a copy. */
  from(start: number): Buffer {
    return this.#buffer.subarray(start, this.#position);
  }

  u8(value: number): void {
    this.#buffer[this.#position++] = value;
  }

  u32(value: number): void {
    this.#position = this.#buffer.writeUInt32LE(value, this.#position);
  }

  f64(value: number): void {
    this.#position = this.#buffer.writeDoubleLE(value, this.#position);
  }

  /** Seven bits a byte, lowest first. `value` is a safe integer of 0 or more. */
  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#position++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#position++] = rest;
  }

  bytes(value: Uint8Array): void {
    this.#buffer.set(value, this.#position);
    this.#position += value.byteLength;
  }

  text(value: string, encoding: 'utf8' | 'utf16le'): void {
    this.#position += this.#buffer.write(value, this.#position, encoding);
  }
}

export class ByteReader {
  readonly #buffer: Buffer;
  #position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#buffer = asBuffer(bytes);
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  get left(): number {
    return this.#buffer.byteLength - this.#position;
  }

  #take(bytes: number): number {
    const at = this.#position;
    if (bytes > this.left) throw new FrameError(`wanted ${bytes} bytes at ${at}, there are ${this.left}`);
    this.#position = at + bytes;
    return at;
  }

  u8(): number {
    return this.#buffer[this.#take(1)] as number;
  }

  u32(): number {
    return this.#buffer.readUInt32LE(this.#take(4));
  }

  f64(): number {
    return this.#buffer.readDoubleLE(this.#take(8));
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 53; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) break;
      if (byte < 0x80) return value;
    }
    throw new FrameError(`a number before ${this.#position} is too large`);
  }

  /** A count of things of at least `bytesEach`: never more than what is left could hold. */
  count(bytesEach = 1): number {
    const value = this.varint();
    if (value * bytesEach > this.left) throw new FrameError(`a count of ${value} does not fit in ${this.left} bytes`);
    return value;
  }

  /** A copy, so that what is kept of it does not keep the whole value in memory. */
  copy(bytes: number): Uint8Array {
    const at = this.#take(bytes);
    const copied = new Uint8Array(bytes);
    copied.set(this.#buffer.subarray(at, at + bytes));
    return copied;
  }

  /**
   * A copy that shares a slab of a few KiB with its neighbours where it is small: for what comes and goes in numbers. Memory of
   * its own is an object to the collector, and a thousand of them a second keep its threads busy.
   */
  pooledCopy(bytes: number): Uint8Array {
    const at = this.#take(bytes);
    const copied = Buffer.allocUnsafe(bytes);
    this.#buffer.copy(copied, 0, at, at + bytes);
    return copied;
  }

  text(bytes: number, encoding: 'utf8' | 'utf16le'): string {
    const at = this.#take(bytes);
    return this.#buffer.toString(encoding, at, at + bytes);
  }
}
