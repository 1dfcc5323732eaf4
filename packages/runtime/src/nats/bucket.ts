/**
 * A key-value bucket whose writes can be made together: a stream as @nats-io/kv makes it, with `allow_atomic` besides.
 *
 * B1. Writes of one call become durable together up to the size of a batch, the fence with the last of them. On a server that
 *     cannot do that the fence comes after all others.
 * B2. The server checks the fence in the same step as it is written, and with every batch before it: whoever lost a lease,
 *     and a write that was held up in a network, change nothing any more. (On a server without batches that is so for the
 *     fence itself.)
 */
import { jetstream } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Consumers } from './consumers.ts';
import type { Fetcher } from './fetch.ts';
import { batchMessagesMax, requestMs } from './limits.ts';
import type { Link } from './link.ts';
import type { Publisher } from './publish.ts';
import type { NatsAnswer, NatsBucket, NatsFence, NatsOutgoing, NatsValue, NatsWrite } from './types.ts';

const nothing = new Uint8Array(0);

export interface BucketParts {
  readonly connection: NatsConnection;
  readonly link: Link;
  readonly publisher: Publisher;
  readonly consumers: Consumers;
  readonly fetcher: Fetcher;
  readonly purge: (stream: string, subject: string, below?: number) => Promise<NatsAnswer<number>>;
  readonly atomic: boolean;
}

export async function openBucket(parts: BucketParts, name: string): Promise<NatsAnswer<NatsBucket>> {
  const opened = await parts.link.ask(() => new Kvm(jetstream(parts.connection, { timeout: requestMs })).open(name));
  return opened.kind === 'ok' ? { kind: 'ok', value: new Bucket(parts, name, opened.value) } : opened;
}

/** The stream below a bucket, for `createStream`. */
export function bucketStream(name: string, replicas: number, atomic: boolean): Readonly<Record<string, unknown>> {
  return {
    name: `KV_${name}`,
    subjects: [`$KV.${name}.>`],
    retention: 'limits',
    storage: 'file',
    discard: 'new',
    max_msgs_per_subject: 1,
    num_replicas: replicas,
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
    ...(atomic ? { allow_atomic: true } : {}),
  };
}

class Bucket implements NatsBucket {
  readonly stream: string;
  readonly #parts: BucketParts;
  readonly #prefix: string;
  readonly #kv: KV;

  constructor(parts: BucketParts, name: string, kv: KV) {
    this.#parts = parts;
    this.#prefix = `$KV.${name}.`;
    this.#kv = kv;
    this.stream = `KV_${name}`;
  }

  async get(key: string): Promise<NatsAnswer<NatsValue | undefined>> {
    const found = await this.#parts.fetcher.last(this.stream, this.#prefix + key);
    if (found.kind !== 'ok' || found.value === undefined) return found as NatsAnswer<undefined>;
    const { sequence, data, headers } = found.value;
    if (headers.includes('KV-Operation')) return { kind: 'ok', value: undefined };
    return { kind: 'ok', value: { key, sequence, data } };
  }

  put(key: string, data: Uint8Array, after?: number): Promise<NatsAnswer<number>> {
    return this.#parts.link.ask(() => {
      if (after === undefined) return this.#kv.put(key, data);
      return after === 0 ? this.#kv.create(key, data) : this.#kv.update(key, data, after);
    });
  }

  async write(fence: NatsFence, writes: readonly NatsWrite[]): Promise<NatsAnswer<number>> {
    const sequence = `Nats-Expected-Last-Subject-Sequence: ${fence.after}\r\n`;
    const subject = `Nats-Expected-Last-Subject-Sequence-Subject: ${this.#prefix}${fence.key}\r\n`;
    const { atomic, publisher } = this.#parts;
    const last = { ...this.#message({ kind: 'put', ...fence }), headers: sequence };
    const messages = [...writes.map((write) => this.#message(write)), last];
    const size = atomic ? batchMessagesMax : Math.max(1, writes.length);
    for (let at = 0; ; at += size) {
      const group = messages.slice(at, at + size);
      const [first] = group;
      const isLast = at + size >= messages.length;
      if (first && atomic && !isLast) group[0] = { ...first, headers: first.headers + sequence + subject };
      const stored = await publisher.publish(group, atomic);
      if (stored.kind !== 'ok') return stored;
      if (isLast) return { kind: 'ok', value: stored.value.sequences.at(-1) ?? 0 };
    }
  }

  async values(filter: string) {
    const read = await this.#parts.consumers.values(this.stream, this.#prefix + filter);
    if (read.kind !== 'ok') return read;
    const values = read.value.values.map((value) => ({ ...value, key: value.key.slice(this.#prefix.length) }));
    return { kind: 'ok' as const, value: { values, sequence: read.value.sequence } };
  }

  purge(filter: string, below?: number): Promise<NatsAnswer<number>> {
    return this.#parts.purge(this.stream, this.#prefix + filter, below);
  }

  #message(write: NatsWrite): NatsOutgoing {
    return write.kind === 'put'
      ? { subject: this.#prefix + write.key, headers: '', data: write.data }
      : { subject: this.#prefix + write.key, headers: 'KV-Operation: DEL\r\n', data: nothing };
  }
}
