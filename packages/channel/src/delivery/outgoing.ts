/**
 * The request an attempt makes: headers as one flat list, the body as the event's own bytes.
 * Source: reference 3.2 (headers that travel), 4.2 (`Prefer: reply`, `Kn-Namespace`).
 */
import { encodeHttp } from '@millrace/api';
import type { Attempt } from './delivery.ts';

export interface Outgoing {
  readonly headers: string[];
  readonly body: Uint8Array;
}

/** The request of an attempt: made once for all who get the same event, as far as it is the same for them. */
export function outgoingOf(attempt: Attempt, userAgent: string): Outgoing {
  const { memo } = attempt;
  if (memo?.made !== undefined && looksTheSame(memo.made.attempt, attempt)) return memo.made.outgoing;
  const { event, format, headers: passed, namespace, wantsReply } = attempt;
  const headers = ['user-agent', userAgent, 'kn-namespace', namespace];
  if (wantsReply) headers.push('prefer', 'reply');
  headers.push(...passed);
  const outgoing = { headers, body: encodeHttp(event, format, headers) };
  if (memo !== undefined) memo.made = { attempt, outgoing };
  return outgoing;
}

/** All that a request is made of but where it goes. */
function looksTheSame(a: Attempt, b: Attempt): boolean {
  return (
    a.event === b.event &&
    a.format === b.format &&
    a.headers === b.headers &&
    a.namespace === b.namespace &&
    a.wantsReply === b.wantsReply
  );
}
