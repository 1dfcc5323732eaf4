/**
 * What an answer means for the delivery.
 *
 * A 2xx with an event is a reply, except 202 (data plane specification: it MUST NOT be treated as one; design section 7). A
 * 2xx with anything else in its body is no success: the subscriber is not what it is taken for, or its reply would be
 * lost in silence. It counts as 502 (reference 3.3). Where nobody is to have a reply, only the status counts (5.2).
 */
import { type Decoded, decodeHttp, passThroughHeaders } from '@millrace/api';
import type { HttpOutcome } from '@millrace/runtime';
import type { AttemptOutcome } from './delivery.ts';

type Answer = HttpOutcome & { readonly kind: 'answer' };

const ACCEPTED = 202;
const BAD_GATEWAY = 502;
/** Kept of the body of an answer that refuses: what a dead letter shows of it (design section 7). */
const SHOWN_BYTES = 1_024;
const EXTENSION_HEADER = 'kne-';
const notExtensions: ReadonlySet<string> = new Set([
  ...['id', 'source', 'type', 'specversion', 'subject', 'time'],
  ...['datacontenttype', 'dataschema', 'schemaurl', 'data'],
]);
const extensionPattern = /^[a-z0-9]{1,20}$/;

export function outcomeOf(answer: Answer, latencyMs: number, ignored = false): AttemptOutcome {
  const { statusCode } = answer;
  if (statusCode < 200 || statusCode > 299) return refusedBy(answer, latencyMs);
  if (statusCode === ACCEPTED || ignored) return { kind: 'accepted', statusCode, latencyMs };
  if (answer.cut !== undefined) return badGateway(answer, latencyMs, 'its body is larger than a reply may be');
  if (answer.body.byteLength === 0 && !isBinaryEvent(answer)) return { kind: 'accepted', statusCode, latencyMs };
  const decoded = decodeHttp(answer.headers, answer.body);
  if (decoded.kind !== 'event') return badGateway(answer, latencyMs, noteOf(decoded));
  return {
    kind: 'accepted',
    statusCode,
    latencyMs,
    reply: decoded.event,
    replyHeaders: passThroughHeaders(answer.headers),
  };
}

const eventHeaders: ReadonlySet<string> = new Set(['ce-specversion', 'ce-id', 'ce-type', 'ce-source']);

/** Its names are gone through: there are few, and to ask for four that are not there costs more. */
function isBinaryEvent({ headers }: Answer): boolean {
  for (const name in headers) if (name.startsWith('ce-') && eventHeaders.has(name)) return true;
  return false;
}

function noteOf(decoded: Exclude<Decoded, { readonly kind: 'event' }>): string {
  if (decoded.kind === 'batch') return 'the answer is a batch: expected one event, or an empty body';
  if (decoded.code === 'not-a-cloudevent')
    return 'the body of the answer is not a CloudEvent: expected one, or an empty body';
  return `the event in the answer is broken: ${decoded.message}`;
}

function refusedBy({ statusCode, headers, body, redirect }: Answer, latencyMs: number): AttemptOutcome {
  const retryAfter = headers['retry-after'];
  return {
    kind: 'refused',
    statusCode,
    latencyMs,
    body,
    ...(typeof retryAfter === 'string' && { retryAfter }),
    ...(redirect !== undefined && { note: `redirect not followed: ${redirect}` }),
    ...extensionsOf(headers),
  };
}

/** Headers `kne-<name>` become extensions of a dead letter; the attributes that the specification defines are not theirs to set. */
function extensionsOf(headers: Answer['headers']): { extensions?: Record<string, string> } {
  const extensions: Record<string, string> = {};
  for (const header in headers) {
    if (!header.startsWith(EXTENSION_HEADER)) continue;
    const name = header.slice(EXTENSION_HEADER.length);
    const value = headers[header];
    if (typeof value === 'string' && extensionPattern.test(name) && !notExtensions.has(name)) extensions[name] = value;
  }
  return Object.keys(extensions).length === 0 ? {} : { extensions };
}

function badGateway({ statusCode, body }: Answer, latencyMs: number, note: string): AttemptOutcome {
  const shown = body.byteLength > SHOWN_BYTES ? body.slice(0, SHOWN_BYTES) : body;
  return {
    kind: 'refused',
    statusCode: BAD_GATEWAY,
    latencyMs,
    body: shown,
    note: `answered ${statusCode}, but ${note}`,
  };
}
