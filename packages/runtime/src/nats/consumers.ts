/**
 * Consumers that only look: they acknowledge nothing, live in memory, and are forgotten by the server when nobody asks.
 */
import type { ConsumerConfig, DeliverPolicy, JetStreamManager } from '@nats-io/jetstream';
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Clock, Timer } from '../ports/index.ts';
import { unreachable } from './answers.ts';
import { consumerIdleMs, fetchSilenceMs, keysPerRequest } from './limits.ts';
import type { Link } from './link.ts';
import { deliveryOf, type Replies, statusOf } from './replies.ts';
import type { NatsAnswer, NatsHint, NatsValue, NatsWatch, NatsWatchListener } from './types.ts';

const nanosPerMs = 1_000_000;
/** A pull without a sign of life for so long after it should have ended is not going to end. */
const pullGraceMs = 5_000;
/** A request that used up its time, its count, or found nothing: not a failure. */
const usedUp = new Set([404, 408]);

export class Consumers {
  readonly #connection: NatsConnection;
  readonly #link: Link;
  readonly #manager: JetStreamManager;
  readonly #replies: Replies;
  readonly #clock: Clock;

  constructor(connection: NatsConnection, link: Link, manager: JetStreamManager, replies: Replies, clock: Clock) {
    this.#connection = connection;
    this.#link = link;
    this.#manager = manager;
    this.#replies = replies;
    this.#clock = clock;
  }

  async firstAt(stream: string, timeMs: number): Promise<NatsAnswer<NatsHint | undefined>> {
    const made = await this.#add(stream, {
      deliver_policy: 'by_start_time' as DeliverPolicy,
      opt_start_time: new Date(Math.max(0, timeMs)).toISOString(),
      headers_only: true,
    });
    if (made.kind !== 'ok') return made;
    const pulled = await this.#pull(stream, made.value.name, 1);
    this.#forget(stream, made.value.name);
    if (pulled.kind !== 'ok') return pulled;
    const [message] = pulled.value;
    return { kind: 'ok', value: message === undefined ? undefined : deliveryOf(message) };
  }

  async watch(stream: string, from: number, listener: NatsWatchListener): Promise<NatsAnswer<NatsWatch>> {
    const made = await this.#add(stream, {
      deliver_policy: 'by_start_sequence' as DeliverPolicy,
      opt_start_seq: Math.max(1, from),
      headers_only: true,
    });
    if (made.kind !== 'ok') return made;
    const { name } = made.value;
    let left = 0;
    let overdue: Timer | undefined;
    const done = (told: () => void): void => {
      overdue?.cancel();
      left = 0;
      told();
    };
    const box = this.#replies.openOwn((message) => {
      const status = statusOf(message);
      const delivery = status === 0 ? deliveryOf(message) : undefined;
      if (delivery !== undefined) {
        left -= 1;
        listener.hint(delivery);
        if (left === 0) done(() => listener.answered());
      } else if (usedUp.has(status)) done(() => listener.answered());
      else if (status !== 100) done(() => listener.gone(`the server answered ${status} to a pull`));
    });
    const ask = (messages: number, waitMs: number): void => {
      left = messages;
      overdue?.cancel();
      overdue = this.#clock.setTimer(waitMs + pullGraceMs, () => listener.gone('a pull was never answered'));
      this.#request(stream, name, { batch: messages, expires: waitMs * nanosPerMs }, box.subject);
    };
    const close = (): void => {
      overdue?.cancel();
      box.close();
      this.#forget(stream, name);
    };
    return { kind: 'ok', value: { ask, close } };
  }

  /** The last message of every subject that matches. */
  async values(
    stream: string,
    filter: string,
  ): Promise<NatsAnswer<{ readonly values: readonly NatsValue[]; readonly sequence: number }>> {
    const made = await this.#add(stream, {
      deliver_policy: 'last_per_subject' as DeliverPolicy,
      filter_subject: filter,
    });
    if (made.kind !== 'ok') return made;
    const { name, num_pending: pending } = made.value;
    const values: NatsValue[] = [];
    let sequence = 0;
    for (let left = pending; left > 0; ) {
      const pulled = await this.#pull(stream, name, Math.min(left, keysPerRequest));
      if (pulled.kind !== 'ok') return pulled;
      if (pulled.value.length === 0) break;
      for (const message of pulled.value) {
        const at = deliveryOf(message)?.sequence ?? 0;
        sequence = Math.max(sequence, at);
        left -= 1;
        const removed = message.headers?.get('KV-Operation') ?? '';
        if (removed === '') values.push({ key: message.subject, sequence: at, data: message.data });
      }
    }
    this.#forget(stream, name);
    return { kind: 'ok', value: { values, sequence } };
  }

  #add(stream: string, config: Partial<ConsumerConfig>) {
    return this.#link.ask(() =>
      this.#manager.consumers.add(stream, {
        ack_policy: 'none' as never,
        mem_storage: true,
        num_replicas: 1,
        inactive_threshold: consumerIdleMs * nanosPerMs,
        ...config,
      }),
    );
  }

  #forget(stream: string, name: string): void {
    void this.#link.ask(() => this.#manager.consumers.delete(stream, name));
  }

  #request(stream: string, name: string, what: object, reply: string): void {
    try {
      this.#connection.publish(`$JS.API.CONSUMER.MSG.NEXT.${stream}.${name}`, JSON.stringify(what), { reply });
    } catch {
      // The connection is closed for good: nobody waits for this any more.
    }
  }

  /** What is there now, at most so many. */
  #pull(stream: string, name: string, count: number): Promise<NatsAnswer<readonly Msg[]>> {
    return this.#link.until(() => this.#pulled(stream, name, count));
  }

  #pulled(stream: string, name: string, count: number): Promise<NatsAnswer<readonly Msg[]>> {
    return new Promise((resolve) => {
      const messages: Msg[] = [];
      const end = (answer: NatsAnswer<readonly Msg[]>): void => {
        timer.cancel();
        box.close();
        resolve(answer);
      };
      const timer = this.#clock.setTimer(fetchSilenceMs, () => end(unreachable('no answer to a pull')));
      const box = this.#replies.openOwn((message) => {
        const status = statusOf(message);
        if (status === 0 || deliveryOf(message) !== undefined) messages.push(message);
        if (status === 0 && messages.length < count) return;
        if (status === 0 || usedUp.has(status) || messages.length >= count) end({ kind: 'ok', value: messages });
        else if (status !== 100) end(unreachable(`the server answered ${status} to a pull`));
      });
      this.#request(stream, name, { batch: count, no_wait: true }, box.subject);
    });
  }
}
