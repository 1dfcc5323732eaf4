/**
 * Binary content mode: attributes are headers, the body is the data.
 *
 * An empty body is read as empty data when a content type other than JSON says what it is empty of, and as no data
 * otherwise: empty text is not a JSON text, and HTTP has no way to tell the two apart.
 *
 * Source: HTTP protocol binding 1.0.2, section 3.1.
 */
import { contextProblem, isSpecVersion, versionProblem } from './attributes.ts';
import { encodingProblem } from './base64.ts';
import type { CloudEvent } from './event.ts';
import { encodeHeaderValue } from './header-value.ts';
import { type HeaderScan, type HttpHeaders, headerOf, scanHeaders } from './headers.ts';
import { isJsonType } from './media-type.ts';
import { type DecodedEvent, type Invalid, invalid } from './result.ts';

const noData = new Uint8Array(0);

/** The event in a request or response. The body is kept, not copied: the caller gives it away. */
export function decode(headers: HttpHeaders, body: Uint8Array): DecodedEvent | Invalid {
  return decodeScan(scanHeaders(headers), body);
}

/** `decode` for headers already read. */
export function decodeScan(scan: HeaderScan, body: Uint8Array): DecodedEvent | Invalid {
  const { specversion, attributes, contentType } = scan;
  if (specversion === undefined || !isSpecVersion(specversion)) {
    if (specversion === undefined && isNoEvent(scan)) return notAnEvent(contentType);
    return scan.problem ?? versionProblem(specversion) ?? notAnEvent(contentType);
  }
  if (scan.problem !== undefined) return scan.problem;
  if (contentType !== undefined && contentType !== '') attributes.datacontenttype = contentType;
  const problem = contextProblem(specversion, attributes) ?? encodingProblem(specversion, attributes, body);
  if (problem !== undefined) return problem;
  if (body.byteLength > 0 || (contentType && !isJsonType(contentType))) {
    return { kind: 'event', event: { specversion, attributes, data: body } };
  }
  return { kind: 'event', event: { specversion, attributes } };
}

/** A message with any of the required attributes is a CloudEvent gone wrong; without all of them it is none. */
function isNoEvent({ attributes }: HeaderScan): boolean {
  return attributes.id === undefined && attributes.source === undefined && attributes.type === undefined;
}

function notAnEvent(contentType: string | undefined): Invalid {
  const got = contentType ? 'another content type' : 'no content type';
  return invalid(
    'not-a-cloudevent',
    `not a CloudEvent: expected ce-specversion and other ce- headers, or a CloudEvents content type, got ${got} and no such headers`,
  );
}

/**
 * Appends the event's headers to `out` (name, value, …) and returns the body, which is the event's own data, not a copy.
 *
 * An event that came as JSON with data but without `datacontenttype` leaves as `application/json`: what was implied by the
 * JSON event format must be said outside of it (JSON event format 1.0.2, section 3.1.2). Nothing else is added.
 */
export function encode(event: CloudEvent, out: string[]): Uint8Array {
  const { attributes } = event;
  out.push('ce-specversion', event.specversion);
  for (const name in attributes) {
    const value = attributes[name];
    if (value === undefined) continue;
    // A media type is ASCII by validation, and goes out as it came.
    if (name === 'datacontenttype') out.push('content-type', value);
    else out.push(headerOf(name), encodeHeaderValue(value));
  }
  if (event.dataForm === 'json' && attributes.datacontenttype === undefined)
    out.push('content-type', 'application/json');
  return event.data ?? noData;
}
