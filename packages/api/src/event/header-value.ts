/**
 * Attribute values in HTTP headers: percent-encoding on the way out; quoted strings, then percent-decoding on the way in.
 *
 * Source: HTTP protocol binding 1.0.2, section 3.1.3.2.
 */
import { isUtf8 } from 'node:buffer';

const quoteCode = 0x22;
const percentCode = 0x25;
const backslashCode = 0x5c;

/** Anything but printable ASCII without the double quote and the percent sign: what needs work when it comes in. */
const notPlainIn = /[^\x20\x21\x23\x24\x26-\x7e]/;
/** The same with the space: what needs encoding when it goes out. */
const notPlainOut = /[^\x21\x23\x24\x26-\x7e]/;
const encodedRun = /[^\x21\x23\x24\x26-\x7e]+/g;

/** Whether a header value is the attribute's value as it stands. */
export function isPlain(value: string): boolean {
  return !notPlainIn.test(value);
}

/** The header value for an attribute's text, which must be well-formed. */
export function encodeHeaderValue(text: string): string {
  return notPlainOut.test(text) ? text.replace(encodedRun, encodeRun) : text;
}

function encodeRun(run: string): string {
  let out = '';
  for (const byte of Buffer.from(run, 'utf8')) out += byte < 16 ? `%0${byte.toString(16)}` : `%${byte.toString(16)}`;
  return out.toUpperCase();
}

/**
 * The attribute's text for a header value; undefined when the value cannot be decoded: a quote that is not closed, a
 * percent sign without two hexadecimal digits, or bytes that are not UTF-8.
 *
 * Bytes above 0x7F reach us as Latin-1 characters. The binding wants them percent-encoded; many senders put UTF-8 there
 * as it is, and it is read as such.
 */
export function decodeHeaderValue(value: string): string | undefined {
  const bytes = Buffer.allocUnsafe(value.length);
  let length = 0;
  let inQuotes = false;
  // Two steps, as the binding has them: an escape within quotes may give the percent sign that the second step reads.
  let text = '';
  for (let i = 0; i < value.length; i += 1) {
    const code = value.charCodeAt(i);
    if (code === quoteCode) {
      inQuotes = !inQuotes;
    } else if (inQuotes && code === backslashCode) {
      i += 1;
      if (i >= value.length) return undefined;
      text += value.charAt(i);
    } else {
      text += value.charAt(i);
    }
  }
  if (inQuotes) return undefined;
  for (let i = 0; i < text.length; i += 1) {
    let byte = text.charCodeAt(i);
    if (byte > 0xff) return undefined;
    if (byte === percentCode) {
      const high = hexDigit(text.charCodeAt(i + 1));
      const low = hexDigit(text.charCodeAt(i + 2));
      if (high < 0 || low < 0) return undefined;
      byte = high * 16 + low;
      i += 2;
    }
    bytes[length] = byte;
    length += 1;
  }
  const decoded = bytes.subarray(0, length);
  return isUtf8(decoded) ? decoded.toString('utf8') : undefined;
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
