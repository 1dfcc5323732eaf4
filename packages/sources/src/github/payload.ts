/** The payload in a webhook request's body, in both content types GitHub offers. */

export interface Payload {
  /** The JSON text as it was received. */
  readonly bytes: Uint8Array;
  /** The same, read: for what becomes attributes. */
  readonly json: object;
}

export type ReadPayload =
  | { readonly kind: 'payload'; readonly payload: Payload }
  | { readonly kind: 'bad'; readonly reason: string };

/** Reads a body, whose signature has been found right. Never throws. */
export function readPayload(contentType: string | undefined, body: Uint8Array): ReadPayload {
  const mediaType = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return parse(body);
  if (mediaType !== 'application/x-www-form-urlencoded') {
    const got = contentType === undefined ? 'none' : JSON.stringify(contentType.slice(0, 64));
    return bad(`content type: expected application/json or application/x-www-form-urlencoded, got ${got}`);
  }
  const text = new URLSearchParams(Buffer.from(body).toString('latin1')).get('payload');
  return text === null ? bad('form: expected a field "payload"') : parse(Buffer.from(text, 'utf8'));
}

function parse(bytes: Uint8Array): ReadPayload {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
      return { kind: 'payload', payload: { bytes, json } };
    }
  } catch {}
  return bad('payload: expected a JSON object in UTF-8');
}

function bad(reason: string): ReadPayload {
  return { kind: 'bad', reason };
}
