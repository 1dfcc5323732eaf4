/**
 * Reads HTTP/1.1 requests from a socket by hand, as far as a sink needs it: the head as text, and the body counted and
 * thrown away. What Node's own server does for its users would make the sink as expensive as what is measured.
 */

export interface SinkRequest {
  /** Request line and header fields, without the empty line behind them. */
  readonly head: string;
}

const endOfHead = Buffer.from('\r\n\r\n');

export class RequestReader {
  readonly #onRequest: (request: SinkRequest) => void;
  #rest: Buffer | undefined;
  #head = '';
  #bodyLeft = 0;

  constructor(onRequest: (request: SinkRequest) => void) {
    this.#onRequest = onRequest;
  }

  take(incoming: Buffer): void {
    const chunk = this.#rest ? Buffer.concat([this.#rest, incoming]) : incoming;
    this.#rest = undefined;
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft === 0) {
        const end = chunk.indexOf(endOfHead, at);
        if (end < 0) {
          this.#rest = chunk.subarray(at);
          return;
        }
        this.#head = chunk.toString('latin1', at, end);
        this.#bodyLeft = lengthOf(this.#head);
        at = end + endOfHead.length;
      }
      const part = Math.min(this.#bodyLeft, chunk.length - at);
      at += part;
      this.#bodyLeft -= part;
      if (this.#bodyLeft === 0) this.#onRequest({ head: this.#head });
    }
  }
}

/** The value of a header field; empty when it is not there. */
export function fieldOf(head: string, name: string): string {
  const wanted = `\r\n${name}:`;
  let at = head.indexOf(wanted);
  // Who measures knows senders that write names in lower case; others are served too, more slowly.
  if (at < 0) at = head.toLowerCase().indexOf(wanted);
  if (at < 0) return '';
  const end = head.indexOf('\r\n', at + wanted.length);
  return head.slice(at + wanted.length, end < 0 ? undefined : end).trim();
}

function lengthOf(head: string): number {
  const length = fieldOf(head, 'content-length');
  if (length === '') throw new Error('a request without content-length: the sink does not read chunks');
  return Number(length);
}
