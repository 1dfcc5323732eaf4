/**
 * Reading what a stream holds, by position.
 *
 * F1. Messages come in sequence, and none that the stream has is left out: each names the one before it, and a break in that
 *     chain ends the read there. What was read before the break is given.
 * F2. A batched read (server 2.11, stream with `allow_direct`) may be answered by a replica that is behind: it then ends
 *     early, and `next` asks the leader. Without batched reads every message is asked for by its sequence.
 */
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../ports/index.ts';
import { answerOfError, parseAnswer, unreachable } from './answers.ts';
import { headerFields, headersOf } from './headers.ts';
import { fetchSilenceMs, requestMs, singleReadsMax } from './limits.ts';
import type { Link } from './link.ts';
import { noResponders, type Replies, statusOf } from './replies.ts';
import type { NatsAnswer, NatsStoredMessage } from './types.ts';

interface Limit {
  readonly messages: number;
  readonly bytes: number;
}

const endOfBatch = 204;
const nothingThere = 404;

export class Fetcher {
  readonly #connection: NatsConnection;
  readonly #manager: JetStreamManager;
  readonly #link: Link;
  readonly #replies: Replies;
  readonly #clock: Clock;
  /** Streams that have no batched reads. */
  readonly #single = new Set<string>();

  constructor(connection: NatsConnection, link: Link, manager: JetStreamManager, replies: Replies, clock: Clock) {
    this.#connection = connection;
    this.#link = link;
    this.#manager = manager;
    this.#replies = replies;
    this.#clock = clock;
  }

  async fetch(stream: string, from: number, limit: Limit): Promise<NatsAnswer<readonly NatsStoredMessage[]>> {
    if (this.#single.has(stream)) return this.#oneByOne(stream, from, limit);
    const answer = await this.#link.until(() => this.#batched(stream, from, limit));
    if (answer.kind === 'unreachable' && answer.reason === notServed) {
      const info = await this.#link.ask(() => this.#manager.streams.info(stream));
      if (info.kind !== 'ok') return info;
      if (info.value.config.allow_direct) return answer;
      this.#single.add(stream);
      return this.#oneByOne(stream, from, limit);
    }
    return answer;
  }

  /** From the leader, which has everything that was acknowledged. */
  async next(stream: string, from: number): Promise<NatsAnswer<NatsStoredMessage | undefined>> {
    return this.#get(stream, { seq: from, next_by_subj: '>' });
  }

  /** The last message of a subject, from the leader. */
  async last(stream: string, subject: string): Promise<NatsAnswer<NatsStoredMessage | undefined>> {
    return this.#get(stream, { last_by_subj: subject });
  }

  #batched(stream: string, from: number, limit: Limit): Promise<NatsAnswer<readonly NatsStoredMessage[]>> {
    return new Promise((resolve) => {
      const messages: NatsStoredMessage[] = [];
      const end = (reason?: string): void => {
        timer.cancel();
        box.close();
        resolve(reason === undefined || messages.length > 0 ? { kind: 'ok', value: messages } : unreachable(reason));
      };
      let last = 0;
      let heardMs = this.#clock.monotonic();
      const box = this.#replies.open((message) => {
        heardMs = this.#clock.monotonic();
        const code = statusOf(message);
        if (code === endOfBatch || code === nothingThere) return end();
        if (code !== 0) return end(code === noResponders ? notServed : `the server answered ${code} to a read`);
        const read = storedMessage(message);
        if (last > 0 && read.before !== last) return end(); // F1
        last = read.message.sequence;
        messages.push(read.message);
        if (messages.length >= limit.messages) end();
      });
      const look = (): void => {
        const leftMs = heardMs + fetchSilenceMs - this.#clock.monotonic();
        if (leftMs <= 0) end('no answer to a read');
        else timer = this.#clock.setTimer(leftMs, look);
      };
      let timer = this.#clock.setTimer(fetchSilenceMs, look);
      try {
        const request = { seq: from, batch: limit.messages, max_bytes: Math.max(1, limit.bytes) };
        this.#connection.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request), { reply: box.subject });
      } catch (error) {
        end(answerOfError(error).reason);
      }
    });
  }

  async #oneByOne(stream: string, from: number, limit: Limit): Promise<NatsAnswer<readonly NatsStoredMessage[]>> {
    const first = await this.next(stream, from);
    if (first.kind !== 'ok') return first;
    if (first.value === undefined) return { kind: 'ok', value: [] };
    const messages = [first.value];
    const count = Math.min(limit.messages, singleReadsMax) - 1;
    let bytes = first.value.data.byteLength;
    const after = first.value.sequence + 1;
    const more = Array.from({ length: count }, (_, at) => this.#get(stream, { seq: after + at }));
    for (const answer of await Promise.all(more)) {
      if (answer.kind !== 'ok') break;
      if (answer.value === undefined) continue;
      bytes += answer.value.data.byteLength;
      if (bytes > limit.bytes) break;
      messages.push(answer.value);
    }
    return { kind: 'ok', value: messages };
  }

  async #get(stream: string, query: object): Promise<NatsAnswer<NatsStoredMessage | undefined>> {
    const asked = await this.#link.ask(() =>
      this.#connection.request(`$JS.API.STREAM.MSG.GET.${stream}`, JSON.stringify(query), { timeout: requestMs }),
    );
    if (asked.kind !== 'ok') return asked;
    const answer = parseAnswer<{ message: LeaderMessage }>(asked.value.data);
    if (answer.kind === 'refused' && answer.code === noMessageFound) return { kind: 'ok', value: undefined };
    return answer.kind === 'ok' ? { kind: 'ok', value: leaderMessage(answer.value.message) } : answer;
  }
}

const notServed = 'nobody serves reads of this stream';
const noMessageFound = 10_037;

/** A message with what the server adds to one that it read, the last value of each. */
function storedMessage(message: Msg): { readonly message: NatsStoredMessage; readonly before: number } {
  let [sequence, before, timeMs] = [0, 0, 0];
  let subject = '';
  const headers: string[] = [];
  const fields = headersOf(message);
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = fields[at] as string;
    const value = fields[at + 1] as string;
    switch (name) {
      case 'Nats-Sequence':
        sequence = Number(value);
        break;
      case 'Nats-Last-Sequence':
        before = Number(value);
        break;
      case 'Nats-Time-Stamp':
        timeMs = Date.parse(value);
        break;
      case 'Nats-Subject':
        subject = value;
        break;
      case 'Nats-Stream':
      case 'Nats-Num-Pending':
        break;
      default:
        headers.push(name, value);
    }
  }
  return { message: { sequence, subject, timeMs, headers, data: message.data }, before };
}

interface LeaderMessage {
  readonly subject: string;
  readonly seq: number;
  readonly time: string;
  readonly hdrs?: string;
  readonly data?: string;
}

function leaderMessage(message: LeaderMessage): NatsStoredMessage {
  const headers = message.hdrs === undefined ? [] : headerFields(Buffer.from(message.hdrs, 'base64').toString());
  return {
    sequence: message.seq,
    subject: message.subject,
    timeMs: Date.parse(message.time),
    headers,
    data: Buffer.from(message.data ?? '', 'base64'),
  };
}
