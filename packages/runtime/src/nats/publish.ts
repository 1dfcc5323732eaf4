/**
 * One attempt to publish a group of messages.
 *
 * P1. An atomic batch costs one flush and one acknowledgement, whatever it holds: only its last message asks for one. The
 *     server stores all of it or nothing, and in sequence (seen with 2.15.2: 30 times the rate of single messages).
 * P2. A connection that breaks ends the attempt at once: its acknowledgement cannot come any more.
 * P3. Acknowledgements come to the box of all replies, and not by the library's own `request`: each of those that ends well
 *     still makes an error with its stack (`cancelled`, 3.4.0), which costs more than all the rest of it.
 */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../ports/index.ts';
import { answerOfError, parseAnswer, unreachable } from './answers.ts';
import { headerBlock } from './headers.ts';
import { requestMs } from './limits.ts';
import type { Link } from './link.ts';
import { noResponders, type Replies, statusOf } from './replies.ts';
import type { NatsAnswer, NatsOutgoing, NatsStored } from './types.ts';

interface PublishAck {
  readonly stream: string;
  readonly seq: number;
  readonly duplicate?: boolean;
  readonly count?: number;
}

export interface PublisherParts {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly replies: Replies;
  readonly clock: Clock;
  readonly batchPrefix: string;
}

export class Publisher {
  readonly #connection: NatsConnection;
  readonly #link: Link;
  readonly #replies: Replies;
  readonly #clock: Clock;
  readonly #batchPrefix: string;
  #batches = 0;

  constructor({ connection, link, replies, clock, batchPrefix }: PublisherParts) {
    this.#connection = connection;
    this.#link = link;
    this.#replies = replies;
    this.#clock = clock;
    this.#batchPrefix = batchPrefix;
  }

  publish(messages: readonly NatsOutgoing[], atomic: boolean): Promise<NatsAnswer<NatsStored>> {
    return this.#link.until(() => (atomic && messages.length > 1 ? this.#batch(messages) : this.#each(messages))); // P2
  }

  async #batch(messages: readonly NatsOutgoing[]): Promise<NatsAnswer<NatsStored>> {
    this.#batches += 1;
    const id = `Nats-Batch-Id: ${this.#batchPrefix}${this.#batches.toString(36)}\r\nNats-Batch-Sequence: `;
    try {
      for (let at = 0; at < messages.length - 1; at += 1) {
        const { subject, headers, data } = messages[at] as NatsOutgoing;
        this.#connection.publish(subject, data, { headers: headerBlock(`${headers}${id}${at + 1}\r\n`) });
      }
      const last = messages[messages.length - 1] as NatsOutgoing;
      const headers = `${last.headers}${id}${messages.length}\r\nNats-Batch-Commit: 1\r\n`;
      const answer = await this.#request({ ...last, headers });
      if (answer.kind !== 'ok') return answer;
      const { seq, count } = answer.value;
      if (count !== messages.length) return unreachable(`the server stored ${count} of ${messages.length} messages`);
      return { kind: 'ok', value: { sequences: messages.map((_, at) => seq - count + 1 + at), duplicate: false } };
    } catch (error) {
      return answerOfError(error);
    }
  }

  async #each(messages: readonly NatsOutgoing[]): Promise<NatsAnswer<NatsStored>> {
    const sequences: number[] = [];
    let duplicate = true;
    for (const answer of await Promise.all(messages.map((message) => this.#request(message)))) {
      if (answer.kind !== 'ok') return answer;
      sequences.push(answer.value.seq);
      duplicate &&= answer.value.duplicate === true;
    }
    return { kind: 'ok', value: { sequences, duplicate } };
  }

  /** P3 */
  #request({ subject, data, headers }: NatsOutgoing): Promise<NatsAnswer<PublishAck>> {
    return new Promise((resolve) => {
      const end = (answer: NatsAnswer<PublishAck>) => {
        timer.cancel();
        box.close();
        resolve(answer);
      };
      const box = this.#replies.open((reply) => end(acknowledged(reply)));
      const timer = this.#clock.setTimer(requestMs, () => end(unreachable(`no answer within ${requestMs / 1_000} s`)));
      try {
        this.#connection.publish(subject, data, { headers: headerBlock(headers), reply: box.subject });
      } catch (error) {
        end(answerOfError(error));
      }
    });
  }
}

function acknowledged(reply: Msg): NatsAnswer<PublishAck> {
  if (statusOf(reply) === noResponders) return unreachable('no stream takes the message just now');
  const answer = parseAnswer<PublishAck>(reply.data);
  if (answer.kind === 'ok' && !(answer.value.seq > 0)) return unreachable('the acknowledgement has no sequence');
  return answer;
}
