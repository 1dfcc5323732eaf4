/**
 * Batched content mode: a JSON array of events in the body, possibly empty; all of one specversion.
 *
 * Source: HTTP protocol binding 1.0.2, section 3.3; JSON event format 1.0.2, section 4.
 */
import { malformed, openJson, readEvent } from './envelope-read.ts';
import { joinParts, writeEvent } from './envelope-write.ts';
import type { CloudEvent } from './event.ts';
import type { HttpHeaders } from './headers.ts';
import { closeArray, commaByte, JsonScanner, openArray } from './json-scan.ts';
import { batchEventsMax } from './limits.ts';
import { type DecodedBatch, type Invalid, invalid } from './result.ts';

export const mediaType = 'application/cloudevents-batch+json';

/**
 * The events in the body, all of them or none. Each event's data is its own copy: events of a batch part ways, and one
 * that waits must not hold the bytes of all.
 */
export function decode(
  _headers: HttpHeaders,
  body: Uint8Array,
  eventsMax: number = batchEventsMax,
): DecodedBatch | Invalid {
  const scanner = openJson(body);
  if (!(scanner instanceof JsonScanner)) return scanner;
  if (!scanner.accept(openArray)) {
    scanner.fail('a JSON array (the batch)');
    return malformed(scanner);
  }
  const events: CloudEvent[] = [];
  scanner.skipSpace();
  if (!scanner.accept(closeArray)) {
    const problem = readEvents(scanner, events, eventsMax);
    if (problem !== undefined) return problem;
  }
  return scanner.atEnd() ? { kind: 'batch', events } : malformed(scanner);
}

function readEvents(scanner: JsonScanner, events: CloudEvent[], eventsMax: number): Invalid | undefined {
  for (;;) {
    if (events.length === eventsMax) {
      return invalid('too-many-events', `batch: expected at most ${eventsMax} events, got more`);
    }
    const decoded = readEvent(scanner, true);
    if (decoded.kind === 'invalid') {
      return invalid(decoded.code, `event ${events.length + 1} of the batch: ${decoded.message}`);
    }
    const version = events[0]?.specversion ?? decoded.event.specversion;
    if (decoded.event.specversion !== version) {
      const got = decoded.event.specversion;
      return invalid('invalid-attribute', `specversion: expected ${version} in the whole batch, got ${got} as well`);
    }
    events.push(decoded.event);
    scanner.skipSpace();
    if (scanner.accept(closeArray)) return undefined;
    if (!scanner.accept(commaByte)) {
      scanner.fail('a comma or ]');
      return malformed(scanner);
    }
    scanner.skipSpace();
  }
}

/** Appends the headers to `out` (name, value, …) and returns the body. Throws RangeError when specversions differ. */
export function encode(events: readonly CloudEvent[], out: string[]): Uint8Array {
  out.push('content-type', mediaType);
  const parts: Uint8Array[] = [Buffer.from('[')];
  for (const event of events) {
    if (event.specversion !== events[0]?.specversion) throw new RangeError('a batch holds events of one specversion');
    if (parts.length > 1) parts.push(Buffer.from(','));
    writeEvent(event, parts);
  }
  parts.push(Buffer.from(']'));
  return joinParts(parts);
}
