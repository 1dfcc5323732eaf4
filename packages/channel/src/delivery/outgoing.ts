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

/** Makes requests of attempts. The subscribers of one event get it one after the other, so the last encoding is kept. */
export class OutgoingRequests {
  readonly #userAgent: string;
  #event: CloudEvent | undefined;
  #format: Attempt['format'];
  #encoded: Outgoing = { headers: [], body: new Uint8Array(0) };

  constructor(userAgent: string) {
    this.#userAgent = userAgent;
  }

  of(attempt: Attempt): Outgoing {
    const { headers: passed, namespace } = attempt;
    const { headers: ofEvent, body } = this.#encode(attempt);
    const headers = attempt.wantsReply
      ? ['user-agent', this.#userAgent, 'kn-namespace', namespace, 'prefer', 'reply', ...passed, ...ofEvent]
      : ['user-agent', this.#userAgent, 'kn-namespace', namespace, ...passed, ...ofEvent];
    return { headers, body };
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
