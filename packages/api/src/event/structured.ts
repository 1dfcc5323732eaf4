/**
 * Structured content mode: attributes and data are one JSON object in the body.
 *
 * Source: HTTP protocol binding 1.0.2, section 3.2; JSON event format 1.0.2. Attribute headers that stand beside the body are
 * copies by the specification and are not read.
 */
import { malformed, openJson, readEvent } from './envelope-read.ts';
import { joinParts, writeEvent } from './envelope-write.ts';
import type { CloudEvent } from './event.ts';
import type { HttpHeaders } from './headers.ts';
import { JsonScanner } from './json-scan.ts';
import type { DecodedEvent, Invalid } from './result.ts';

export const mediaType = 'application/cloudevents+json';

/** The event in the body. JSON data is a view on the body, not a copy: the caller gives the body away. */
export function decode(_headers: HttpHeaders, body: Uint8Array): DecodedEvent | Invalid {
  const scanner = openJson(body);
  if (!(scanner instanceof JsonScanner)) return scanner;
  const decoded = readEvent(scanner, false);
  if (decoded.kind === 'event' && !scanner.atEnd()) return malformed(scanner);
  return decoded;
}

/** Appends the headers to `out` (name, value, …) and returns the body. */
export function encode(event: CloudEvent, out: string[]): Uint8Array {
  out.push('content-type', mediaType);
  const parts: Uint8Array[] = [];
  writeEvent(event, parts);
  return joinParts(parts);
}
