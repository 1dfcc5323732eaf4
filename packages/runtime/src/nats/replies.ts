/**
 * Replies of many messages to one request. Batched reads share one subscription, so that a read costs none of its own. What a
 * consumer delivers keeps the subject it was published to, and so each puller has a subscription for itself.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';

export interface ReplyBox {
  /** Where replies are to go. */
  readonly subject: string;
  close(): void;
}

export class Replies {
  readonly #connection: NatsConnection;
  readonly #prefix: string;
  readonly #boxes = new Map<string, (message: Msg) => void>();
  #last = 0;

  constructor(connection: NatsConnection, inbox: string) {
    this.#connection = connection;
    this.#prefix = `${inbox}.`;
    connection.subscribe(`${inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#boxes.get(message.subject.slice(this.#prefix.length))?.(message);
      },
    });
  }

  /** For replies that are sent to this subject. */
  open(listener: (message: Msg) => void): ReplyBox {
    const token = this.#token();
    this.#boxes.set(token, listener);
    return { subject: this.#prefix + token, close: () => void this.#boxes.delete(token) };
  }

  /** For what a consumer delivers. */
  openOwn(listener: (message: Msg) => void): ReplyBox {
    const subject = `${this.#prefix}own.${this.#token()}`;
    const subscription = this.#connection.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) listener(message);
      },
    });
    return { subject, close: () => subscription.unsubscribe() };
  }

  #token(): string {
    this.#last += 1;
    return this.#last.toString(36);
  }
}

/** The status when nobody is there to answer a request. */
export const noResponders = 503;

/** A message without data whose header says how the request ended; 0 for a message with an event. */
export function statusOf(message: Msg): number {
  return message.data.byteLength === 0 ? (message.headers?.code ?? 0) : 0;
}

export interface Delivery {
  readonly sequence: number;
  readonly timeMs: number;
  readonly pending: number;
}

/** What a consumer's message says in its reply subject: `$JS.ACK.[<domain>.<account>.]<stream>.<consumer>.<n>.<stream sequence>.<n>.<time>.<pending>`. */
export function deliveryOf(message: Msg): Delivery | undefined {
  const tokens = (message.reply ?? '').split('.');
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK') return undefined;
  const at = tokens.length === 9 ? 2 : 4;
  const [sequence, nanos, pending] = [tokens[at + 3], tokens[at + 5], tokens[at + 6]];
  if (sequence === undefined || nanos === undefined || pending === undefined) return undefined;
  return { sequence: Number(sequence), timeMs: Math.floor(Number(nanos) / 1e6), pending: Number(pending) };
}
