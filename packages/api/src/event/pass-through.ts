/**
 * Headers beside the event that travel with it from hop to hop, in requests and in replies. All others stay behind:
 * credentials, cookies and negotiation belong to one connection.
 *
 * Source: reference section 3.2. `traceparent` and `tracestate` are added so that a W3C trace goes on (design section 7, traces).
 */
import { type HttpHeaders, isFlat } from './headers.ts';

const passedNames = new Set(['x-request-id', 'retry-after', 'traceparent', 'tracestate']);
const passedPrefixes = ['knative-', 'x-b3-'];

/** Characters of all headers passed on, at most: as for attributes, they must fit the next server's header block. */
const passedCharsMax = 16_384;

/** The headers to pass on, as a flat list (lower-case name, value, …), in the order received. */
export function passThroughHeaders(headers: HttpHeaders): string[] {
  const out: string[] = [];
  let chars = 0;
  const take = (name: string, value: string): void => {
    const lower = name.toLowerCase();
    if (!isPassed(lower)) return;
    chars += lower.length + value.length;
    if (chars <= passedCharsMax) out.push(lower, value);
  };
  if (isFlat(headers)) {
    for (let i = 0; i + 1 < headers.length; i += 2) take(headers[i] ?? '', headers[i + 1] ?? '');
    return out;
  }
  for (const name in headers) {
    const value = headers[name];
    if (typeof value === 'string') take(name, value);
    else if (value !== undefined) for (const each of value) take(name, each);
  }
  return out;
}

function isPassed(name: string): boolean {
  return (
    passedNames.has(name) || passedPrefixes.some((prefix) => name.startsWith(prefix) && name.length > prefix.length)
  );
}
