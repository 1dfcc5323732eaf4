/**
 * What decoding gives: a value, never an exception. The codes are closed, so that metrics and status codes can be
 * tables over them; the message says which attribute, what was expected and what came.
 */
import type { CloudEvent } from './event.ts';
import { messageCharsMax, quotedCharsMax } from './limits.ts';

export type InvalidCode =
  /** Neither a CloudEvents content type nor CloudEvents headers. */
  | 'not-a-cloudevent'
  /** A CloudEvents content type in a format (or character set) that is not spoken here. */
  | 'unsupported-content-type'
  | 'unknown-specversion'
  | 'malformed-json'
  | 'missing-attribute'
  | 'invalid-attribute'
  /** The data cannot be read as the envelope declares it. */
  | 'invalid-data'
  | 'too-many-events';

/** Why a message is no event: a code for machines, one line for people. */
export interface Invalid {
  readonly kind: 'invalid';
  readonly code: InvalidCode;
  readonly message: string;
}

export interface DecodedEvent {
  readonly kind: 'event';
  readonly event: CloudEvent;
}

export interface DecodedBatch {
  readonly kind: 'batch';
  /** In the order received; may be empty. */
  readonly events: readonly CloudEvent[];
}

export type Decoded = DecodedEvent | DecodedBatch | Invalid;

export function invalid(code: InvalidCode, message: string): Invalid {
  if (message.length <= messageCharsMax) return { kind: 'invalid', code, message };
  return { kind: 'invalid', code, message: `${message.slice(0, messageCharsMax)}…` };
}

/** HTTP status an ingress answers with: 415 for a format not spoken, 413 for a batch too long, 400 for the rest. */
export function statusOfInvalid(code: InvalidCode): 400 | 413 | 415 {
  if (code === 'unsupported-content-type') return 415;
  return code === 'too-many-events' ? 413 : 400;
}

/** A received value as a message shows it: quoted, escaped to printable ASCII, cut to a length. */
export function quoted(value: string): string {
  const cut = value.length > quotedCharsMax;
  const text = JSON.stringify(cut ? value.slice(0, quotedCharsMax) : value);
  const ascii = text.replace(/[^ -~]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return cut ? `${ascii}… (${value.length} characters)` : ascii;
}
