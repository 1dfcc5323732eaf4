/**
 * The request an attempt makes: headers as one flat list, the body as the event's own bytes.
 * Source: reference 3.2 (headers that travel), 4.2 (`Prefer: reply`, `Kn-Namespace`).
 */
import { type CloudEvent, encodeHttp } from '@millrace/api';
import type { Attempt } from './delivery.ts';

export interface Outgoing {
  readonly headers: string[];
  readonly body: Uint8Array;
}

/** Makes requests of attempts. The subscribers of one event get it one after the other, so the last request is kept. */
export class OutgoingRequests {
  readonly #userAgent: string;
  #event: CloudEvent | undefined;
  #format: Attempt['format'];
  #encoded: Outgoing = { headers: [], body: new Uint8Array(0) };
  /** Of the attempt before: all subscribers in one namespace get the same header. */
  #last: { readonly attempt: Attempt; readonly encoded: Outgoing; readonly outgoing: Outgoing } | undefined;

  constructor(userAgent: string) {
    this.#userAgent = userAgent;
  }

  of(attempt: Attempt): Outgoing {
    const { headers: passed, namespace, wantsReply } = attempt;
    const encoded = this.#encode(attempt);
    const last = this.#last;
    if (
      last?.encoded === encoded &&
      last.attempt.namespace === namespace &&
      last.attempt.wantsReply === wantsReply &&
      last.attempt.headers === passed
    ) {
      return last.outgoing;
    }
    const { headers: ofEvent, body } = encoded;
    const headers = wantsReply
      ? ['user-agent', this.#userAgent, 'kn-namespace', namespace, 'prefer', 'reply', ...passed, ...ofEvent]
      : ['user-agent', this.#userAgent, 'kn-namespace', namespace, ...passed, ...ofEvent];
    const outgoing = { headers, body };
    this.#last = { attempt, encoded, outgoing };
    return outgoing;
  }

  #encode({ event, format }: Attempt): Outgoing {
    if (event === this.#event && format === this.#format) return this.#encoded;
    const headers: string[] = [];
    this.#encoded = { headers, body: encodeHttp(event, format, headers) };
    this.#event = event;
    this.#format = format;
    return this.#encoded;
  }
}
