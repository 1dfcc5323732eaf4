/**
 * Data that a JSON envelope writes as a string: between the text and the bytes that the content type declares.
 *
 * The text is the content; which bytes it stands for depends on the charset parameter (JSON event format 1.0.2, section 3.1:
 * "properly encoded according to the datacontenttype"). Only conversions that lose nothing, in both directions, are made.
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { charsetOf } from './media-type.ts';

type Charset = 'utf8' | 'latin1' | 'ascii' | 'none';

/** Charsets we can convert; of the others only their ASCII part, where they have one. */
function conversionOf(contentType: string): Charset {
  const charset = charsetOf(contentType);
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii') return 'utf8';
  if (charset === 'iso-8859-1' || charset === 'latin1') return 'latin1';
  return /^(utf-?(16|32|7)|ucs|unicode|iso-10646|ebcdic|cp037|ibm)/.test(charset) ? 'none' : 'ascii';
}

/** The bytes of a text in the declared charset; undefined when it cannot be written in it. */
export function bytesOfText(text: string, contentType: string): Uint8Array | undefined {
  if (!text.isWellFormed()) return undefined;
  switch (conversionOf(contentType)) {
    case 'utf8':
      return Buffer.from(text, 'utf8');
    case 'latin1':
      return /^[\0-\xff]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
    case 'ascii':
      return /^[\0-\x7f]*$/.test(text) ? Buffer.from(text, 'latin1') : undefined;
    default:
      return undefined;
  }
}

/** The text of bytes in the declared charset; undefined when the bytes would not come back the same. */
export function textOfBytes(bytes: Uint8Array, contentType: string): string | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (conversionOf(contentType)) {
    case 'utf8':
      return isUtf8(buffer) ? buffer.toString('utf8') : undefined;
    case 'latin1':
      return buffer.toString('latin1');
    case 'ascii':
      return isAscii(buffer) ? buffer.toString('latin1') : undefined;
    default:
      return undefined;
  }
}
