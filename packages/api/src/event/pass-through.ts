/**
 * Headers beside the event that travel with it from hop to hop, in requests and in replies. All others stay behind:
 * credentials, cookies and negotiation belong to one connection.
 *
 * Source: reference section 3.2. `traceparent` and `tracestate` are added so that a W3C trace goes on (design section 7, traces).
 */
import { type HeaderRecord, type HttpHeaders, isFlat } from './headers.ts';

const passedNames = new Set(['x-request-id', 'retry-after', 'traceparent', 'tracestate']);
const passedPrefixes = ['knative-', 'x-b3-'];

/** Characters of all headers passed on, at most: as for attributes, they must fit the next server's header block. */
const passedCharsMax = 16_384;

const noHeaders: readonly string[] = [];

/** The headers to pass on, as a flat list (lower-case name, value, …), in the order received. */
export function passThroughHeaders(headers: HttpHeaders): readonly string[] {
  const passed = isFlat(headers) ? passedOfFlat(headers) : passedOfRecord(headers);
  return passed === undefined ? noHeaders : withinLimit(passed);
}

/** Nearly every event comes without any: then nothing is made. */
function passedOfFlat(headers: readonly string[]): string[] | undefined {
  let passed: string[] | undefined;
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = passedName(headers[at] ?? '');
    if (name === undefined) continue;
    passed ??= [];
    passed.push(name, headers[at + 1] ?? '');
  }
  return passed;
}

function passedOfRecord(headers: HeaderRecord): string[] | undefined {
  const passed: string[] = [];
  for (const header in headers) {
    const name = passedName(header);
    const values = headers[header];
    if (name === undefined || values === undefined) continue;
    if (typeof values === 'string') passed.push(name, values);
    else for (const value of values) passed.push(name, value);
  }
  return passed.length === 0 ? undefined : passed;
}

/** Those before the first that is too much. */
function withinLimit(passed: readonly string[]): readonly string[] {
  let chars = 0;
  for (let at = 0; at + 1 < passed.length; at += 2) {
    chars += (passed[at] ?? '').length + (passed[at + 1] ?? '').length;
    if (chars > passedCharsMax) return passed.slice(0, at);
  }
  return passed;
}

/** The name of a header that is passed on; undefined for all others, most of which their first letter tells. */
function passedName(header: string): string | undefined {
  switch (header.charCodeAt(0) | 0x20) {
    case 0x6b: // k
    case 0x72: // r
    case 0x74: // t
    case 0x78: {
      // x
      const name = header.toLowerCase();
      return isPassed(name) ? name : undefined;
    }
    default:
      return undefined;
  }
}

function isPassed(name: string): boolean {
  return (
    passedNames.has(name) || passedPrefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)
  );
}
