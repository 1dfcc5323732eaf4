/** Base64 by RFC 4648 section 4: the standard alphabet, with padding. */

import type { Attributes, SpecVersion } from './event.ts';
import { type Invalid, invalid } from './result.ts';

/** What base64 never has: Node's decoder skips some of it and takes the rest for the letter with the same low byte. */
const foreign = /[^A-Za-z0-9+/=]/;

/** The bytes; undefined when the text is not base64. What else Node's decoder lets pass shows in the length. */
export function decodeBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || foreign.test(text)) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = Buffer.from(text, 'base64');
  return bytes.byteLength === (text.length / 4) * 3 - padding ? bytes : undefined;
}

/**
 * In 0.3 the data of an event may itself be base64 text, which `datacontentencoding` says. Then it must be: structured mode
 * writes it as it is, and whoever reads that decodes it.
 */
export function encodingProblem(version: SpecVersion, attributes: Attributes, data: Uint8Array): Invalid | undefined {
  if (version !== '0.3' || attributes.datacontentencoding === undefined) return undefined;
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
  if (decodeBase64(text) !== undefined) return undefined;
  return invalid('invalid-data', 'data: expected base64 as datacontentencoding says, got other text');
}
