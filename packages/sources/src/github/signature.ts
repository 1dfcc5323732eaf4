/** The signature GitHub puts on a webhook request: HMAC-SHA-256 of the body's bytes under the shared secret. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export const signatureHeader = 'x-hub-signature-256';

const form = /^sha256=([0-9a-f]{64})$/i;

/** The header's value for a body. */
export function sign(secret: string, body: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`;
}

/**
 * What is wrong with a request's signature; undefined when it is right. The comparison takes the same time wherever the
 * values differ. The older `X-Hub-Signature` (SHA-1) is not accepted in its place.
 */
export function signatureProblem(secret: string, body: Uint8Array, header: string | undefined): string | undefined {
  if (header === undefined) return 'signature: expected the header X-Hub-Signature-256, got none';
  const hex = form.exec(header)?.[1];
  if (hex === undefined) return 'signature: expected "sha256=" and 64 hexadecimal digits in X-Hub-Signature-256';
  const wanted = createHmac('sha256', secret).update(body).digest();
  return timingSafeEqual(wanted, Buffer.from(hex, 'hex')) ? undefined : 'signature: it does not match the body';
}
