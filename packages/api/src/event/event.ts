/**
 * The CloudEvent as Millrace carries it: context attributes as canonical strings, data as bytes.
 *
 * E1. Nothing is invented: an attribute that was not received is absent, `time` included.
 * E2. `data` is never parsed and printed again. What came in goes out, byte for byte, in every content mode.
 * E3. Attribute names are lower case (`[a-z0-9]+`); values are the canonical string of CloudEvents 1.0 section 3.1.
 *
 * Source: CloudEvents 1.0.2, sections 2 and 3; design section 3.
 */

/** Versions of the specification that are accepted. An event keeps the one it came with. */
export type SpecVersion = '1.0' | '0.3';

/** The CloudEvents types that JSON can carry other than as a string. */
export type NonStringType = 'Integer' | 'Boolean';

/** Context attributes by lower-case name, without `specversion`. Built by `newAttributes`: inherits nothing, any name is safe. */
export type Attributes = { readonly [name: string]: string | undefined };

/** One event, never changed in place; see E1 to E3 above. */
export interface CloudEvent {
  readonly specversion: SpecVersion;
  /** `id`, `source`, `type`, optional ones (`datacontenttype` among them) and extensions, in the order received. */
  readonly attributes: Attributes;
  /**
   * Names of attributes that came as a JSON number or boolean in structured mode, so that structured output gives
   * them back as they came. Absent for nearly every event. Filters compare the canonical string all the same.
   */
  readonly nonString?: { readonly [name: string]: NonStringType | undefined };
  /** The data's bytes; absent when the event has no data at all (which differs from empty data). */
  readonly data?: Uint8Array;
  /** How a structured event wrote its data: JSON text, a JSON string or base64. Absent when it came in binary mode. */
  readonly dataForm?: 'json' | 'string' | 'base64';
}

/** Bytes an event counts for in limits: its data and its attributes' text, plus a fixed part for the object itself. */
export function sizeOfEvent(event: CloudEvent): number {
  let bytes = 64 + (event.data?.byteLength ?? 0);
  for (const name in event.attributes) bytes += name.length + (event.attributes[name]?.length ?? 0);
  return bytes;
}
