/** Chooses the content mode on the way out. */
import * as binary from './binary.ts';
import type { CloudEvent } from './event.ts';
import * as structured from './structured.ts';

/** `spec.delivery.format`: `json` is structured mode. */
export type DeliveryFormat = 'json' | 'binary';

/** The format an event leaves in when nobody chose one: as it came, as far as that shows in the event. */
export function formatOf(event: CloudEvent): DeliveryFormat {
  return event.dataForm === undefined && event.nonString === undefined ? 'binary' : 'json';
}

/**
 * Appends the event's headers to `out` (name, value, name, value, …, as undici takes them) and returns the body.
 * `format` absent: as the event came in.
 */
export function encodeHttp(event: CloudEvent, format: DeliveryFormat | undefined, out: string[]): Uint8Array {
  return (format ?? formatOf(event)) === 'json' ? structured.encode(event, out) : binary.encode(event, out);
}
