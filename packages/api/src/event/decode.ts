/**
 * Chooses the content mode of an HTTP message by its content type and decodes it.
 *
 * Source: HTTP protocol binding 1.0.2, section 3.
 */
import * as batch from './batch.ts';
import * as binary from './binary.ts';
import { type HttpHeaders, scanHeaders } from './headers.ts';
import { charsetOf, essenceOf } from './media-type.ts';
import { type Decoded, type Invalid, invalid, quoted } from './result.ts';
import * as structured from './structured.ts';

export interface DecodeOptions {
  /** Events in one batch, at most; batchEventsMax when absent. */
  readonly eventsMax?: number;
}

/** `application/cloudevents`, with whatever follows: a format, or a batch in a format. */
const cloudEventsType = /^application\/cloudevents(?:$|[-+])/;
const spokenCharsets = new Set(['utf-8', 'utf8', 'us-ascii']);

/**
 * The event or events of a request or response. Never throws. `body` is empty when there is none; it may become the data of
 * the event without a copy, so it is not to be changed afterwards.
 */
export function decodeHttp(headers: HttpHeaders, body: Uint8Array, options?: DecodeOptions): Decoded {
  const scan = scanHeaders(headers);
  const { contentType } = scan;
  // The hot path: nearly every event is in binary mode with this content type.
  if (contentType === undefined || contentType === 'application/json') return binary.decodeScan(scan, body);
  const essence = essenceOf(contentType);
  if (!cloudEventsType.test(essence)) return binary.decodeScan(scan, body);
  if (essence !== structured.mediaType && essence !== batch.mediaType) return unsupported(contentType);
  const charset = charsetOf(contentType);
  if (charset !== undefined && !spokenCharsets.has(charset)) return unsupported(contentType);
  return essence === batch.mediaType
    ? batch.decode(headers, body, options?.eventsMax)
    : structured.decode(headers, body);
}

function unsupported(contentType: string): Invalid {
  const expected = `${structured.mediaType} or ${batch.mediaType} in UTF-8, or binary mode`;
  return invalid('unsupported-content-type', `content type: expected ${expected}, got ${quoted(contentType)}`);
}
