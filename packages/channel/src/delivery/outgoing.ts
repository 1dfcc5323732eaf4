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

/** Makes requests of attempts. The subscribers of one event get it one after the other, so the last request is kept. */
export class OutgoingRequests {
  readonly #userAgent: string;
  #last: { readonly attempt: Attempt; readonly outgoing: Outgoing } | undefined;

  constructor(userAgent: string) {
    this.#userAgent = userAgent;
  }

  of(attempt: Attempt): Outgoing {
    const last = this.#last;
    if (last !== undefined && looksTheSame(last.attempt, attempt)) return last.outgoing;
    const { event, format, headers: passed, namespace, wantsReply } = attempt;
    const headers = ['user-agent', this.#userAgent, 'kn-namespace', namespace];
    if (wantsReply) headers.push('prefer', 'reply');
    headers.push(...passed);
    const outgoing = { headers, body: encodeHttp(event, format, headers) };
    this.#last = { attempt, outgoing };
    return outgoing;
  }
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
