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

export function outgoingOf(attempt: Attempt, userAgent: string): Outgoing {
  const { headers: passed } = attempt;
  const headers = ['user-agent', userAgent, 'kn-namespace', attempt.namespace];
  if (attempt.wantsReply) headers.push('prefer', 'reply');
  for (let i = 0; i + 1 < passed.length; i += 2) headers.push(passed[i] ?? '', passed[i + 1] ?? '');
  return { headers, body: encodeHttp(attempt.event, attempt.format, headers) };
}
