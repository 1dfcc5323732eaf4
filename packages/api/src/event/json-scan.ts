/**
 * A scanner over the bytes of a JSON text (RFC 8259): it finds where values begin and end and checks their grammar, and
 * never builds or prints them.
 *
 * J1. `pos` is the offset of the next byte not yet read; offsets are bytes, whatever the characters are.
 * J2. Nesting is kept in a stack of its own, at most jsonDepthMax deep: no input can exhaust the call stack.
 * J3. After a method has returned false, `problem` is set and the scanner is not used further.
 *
 * The text must be UTF-8, which the caller checks once for the whole body.
 */
import { jsonDepthMax } from './limits.ts';

export const quoteByte = 0x22;
export const commaByte = 0x2c;
const minusByte = 0x2d;
const colonByte = 0x3a;
export const openArray = 0x5b;
const backslashByte = 0x5c;
export const closeArray = 0x5d;
export const openObject = 0x7b;
export const closeObject = 0x7d;

const simpleEscapes = new Set([...'"\\/bfnrt'].map((char) => char.charCodeAt(0)));

// The closing bytes of the containers a scan is in. Scans are synchronous and never nest, so all share one.
const closers = new Uint8Array(jsonDepthMax + 1);

export class JsonScanner {
  readonly bytes: Buffer;
  pos: number;
  problem: string | undefined;
  /** Whether the string read last has escapes. */
  #escaped = false;

  constructor(bytes: Uint8Array, pos = 0) {
    this.bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.pos = pos;
  }

  /** The byte at `pos`, -1 at the end. */
  peek(): number {
    return this.pos < this.bytes.length ? (this.bytes[this.pos] ?? -1) : -1;
  }

  /** Takes the byte if it is next. */
  accept(byte: number): boolean {
    if (this.peek() !== byte) return false;
    this.pos += 1;
    return true;
  }

  skipSpace(): void {
    for (;;) {
      const c = this.peek();
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      this.pos += 1;
    }
  }

  fail(expected: string): false {
    const got = this.pos < this.bytes.length ? `byte 0x${this.peek().toString(16).padStart(2, '0')}` : 'the end';
    this.problem ??= `expected ${expected} at byte ${this.pos}, got ${got}`;
    return false;
  }

  /** Skips one value of any kind, from its first byte to just behind its last. */
  skipValue(): boolean {
    let depth = 0;
    for (;;) {
      const c = this.peek();
      if (c === openObject || c === openArray) {
        if (depth === jsonDepthMax) return this.fail(`at most ${jsonDepthMax} levels of nesting`); // J2
        this.pos += 1;
        this.skipSpace();
        const closer = c === openObject ? closeObject : closeArray;
        if (!this.accept(closer)) {
          depth += 1;
          closers[depth] = closer;
          if (c === openObject && !this.#skipKey()) return false;
          continue;
        }
      } else if (!this.#skipScalar(c)) {
        return false;
      }
      depth = this.#skipBehind(depth);
      if (depth <= 0) return depth === 0;
    }
  }

  /** Behind a value: closes what ends here and moves to the next value. The depth it is at; 0 at the end, -1 on failure. */
  #skipBehind(from: number): number {
    let depth = from;
    while (depth > 0) {
      this.skipSpace();
      const closer = closers[depth] ?? 0;
      if (this.accept(commaByte)) {
        this.skipSpace();
        if (closer === closeObject && !this.#skipKey()) return -1;
        return depth;
      }
      if (!this.accept(closer)) {
        this.fail(closer === closeObject ? 'a comma or }' : 'a comma or ]');
        return -1;
      }
      depth -= 1;
    }
    return 0;
  }

  #skipKey(): boolean {
    if (this.peek() !== quoteByte) return this.fail('a member name in double quotes');
    if (!this.skipString()) return false;
    return this.skipColon();
  }

  /** Skips the colon behind a member name and the space around it. */
  skipColon(): boolean {
    this.skipSpace();
    if (!this.accept(colonByte)) return this.fail('a colon');
    this.skipSpace();
    return true;
  }

  #skipScalar(c: number): boolean {
    if (c === quoteByte) return this.skipString();
    if (c === minusByte || isDigit(c)) return this.#skipNumber();
    if (c === 0x74) return this.#skipWord('true');
    if (c === 0x66) return this.#skipWord('false');
    if (c === 0x6e) return this.#skipWord('null');
    return this.fail('a JSON value');
  }

  #skipWord(word: string): boolean {
    const end = this.pos + word.length;
    if (this.bytes.toString('latin1', this.pos, Math.min(end, this.bytes.length)) !== word) return this.fail(word);
    this.pos = end;
    return true;
  }

  #skipNumber(): boolean {
    this.accept(minusByte);
    if (!this.accept(0x30) && !this.#skipDigits()) return false;
    if (this.accept(0x2e) && !this.#skipDigits()) return false;
    const c = this.peek();
    if (c !== 0x65 && c !== 0x45) return true;
    this.pos += 1;
    if (!this.accept(0x2b)) this.accept(minusByte);
    return this.#skipDigits();
  }

  #skipDigits(): boolean {
    if (!isDigit(this.peek())) return this.fail('a digit');
    while (isDigit(this.peek())) this.pos += 1;
    return true;
  }

  /** Skips a string with its quotes; `pos` is at the opening one. */
  skipString(): boolean {
    const { bytes } = this;
    const { length } = bytes;
    let i = this.pos + 1;
    this.#escaped = false;
    while (i < length) {
      const c = bytes[i] ?? 0;
      if (c === quoteByte) {
        this.pos = i + 1;
        return true;
      }
      if (c < 0x20) break;
      if (c === backslashByte) {
        this.#escaped = true;
        const end = escapeEnd(bytes, i);
        if (end < 0) break;
        i = end;
      } else {
        i += 1;
      }
    }
    this.pos = i;
    return this.fail('a string without bare control characters or unknown escapes, closed by a double quote');
  }

  /** Reads a string's text; undefined on failure. `pos` is at the opening quote. May hold lone surrogates. */
  readString(): string | undefined {
    const start = this.pos;
    if (!this.skipString()) return undefined;
    if (!this.#escaped) return this.bytes.toString('utf8', start + 1, this.pos - 1);
    return JSON.parse(this.bytes.toString('utf8', start, this.pos)) as string;
  }

  /** Whether nothing but space is left. */
  atEnd(): boolean {
    this.skipSpace();
    return this.pos >= this.bytes.length || this.fail('nothing behind the JSON text');
  }
}

function isDigit(c: number): boolean {
  return c >= 0x30 && c <= 0x39;
}

/** Offset behind the escape that begins at `at`; -1 when it is none. */
function escapeEnd(bytes: Buffer, at: number): number {
  const c = bytes[at + 1] ?? 0;
  if (simpleEscapes.has(c)) return at + 2;
  if (c !== 0x75) return -1;
  for (let i = at + 2; i < at + 6; i += 1) {
    const hex = (bytes[i] ?? 0) | 0x20;
    if (!isDigit(bytes[i] ?? 0) && !(hex >= 0x61 && hex <= 0x66)) return -1;
  }
  return at + 6;
}

/** Whether the bytes are one JSON value and nothing around it, white space included. UTF-8 is the caller's to check. */
export function isJsonValue(bytes: Uint8Array): boolean {
  const scanner = new JsonScanner(bytes);
  return scanner.skipValue() && scanner.pos === bytes.byteLength;
}
