/**
 * Logs in JetStream, by name: which stream each has is in its backing, and is kept in the bucket beside its cursors, so that
 * a log can be listed and removed by name alone.
 */
import type { JetStreamBacking, LogBacking, NatsCluster } from '@millrace/api';
import {
  type Clock,
  connectNats,
  type Logger,
  type NatsAnswer,
  type NatsBucket,
  type NatsClient,
  type NatsConnected,
  type NatsStreamFacts,
  natsCodes,
  type Random,
} from '@millrace/runtime';
import type { EventLog, LogStore, Retention } from '../log.ts';
import { defaultBacking, differences, streamConfig } from './config.ts';
import { JetStreamLog } from './jetstream-log.ts';
import { defaultJetStreamLimits, type JetStreamLimits } from './limits.ts';
import { cursorBucket, keysOf, nameOfPart } from './names.ts';
import type { TailBudget } from './tail.ts';

export interface JetStreamStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Where logs live whose backing is not given. */
  readonly cluster?: NatsCluster;
  readonly limits?: Partial<JetStreamLimits>;
  /** Another way to connect, for those who look at the connection. */
  readonly connect?: (cluster: NatsCluster) => Promise<NatsConnected>;
}

export function createJetStreamLogStore(options: JetStreamStoreOptions): LogStore {
  return new JetStreamLogStore(options);
}

interface Place {
  readonly client: NatsClient;
  bucket(replicas: number): Promise<NatsBucket>;
}

interface About {
  readonly stream: string;
  readonly owned: boolean;
}

class JetStreamLogStore implements LogStore {
  readonly kind = 'jetstream';
  readonly #options: JetStreamStoreOptions;
  readonly #limits: JetStreamLimits;
  readonly #owner: string;
  readonly #tails: TailBudget;
  readonly #places = new Map<string, Promise<Place>>();
  readonly #logs = new Map<string, Promise<JetStreamLog>>();
  #opened = 0;

  constructor(options: JetStreamStoreOptions) {
    this.#options = options;
    this.#limits = { ...defaultJetStreamLimits, ...options.limits };
    this.#owner = options.random.uuid();
    this.#tails = { usedBytes: 0, bytesMax: this.#limits.tailsBytes };
  }

  async open(name: string, retention: Retention, backing?: LogBacking): Promise<EventLog> {
    const known = this.#logs.get(name);
    if (known) {
      const log = await known;
      log.setRetention(retention);
      return log;
    }
    const opening = this.#open(name, retention, this.#backingOf(name, backing));
    this.#logs.set(name, opening);
    opening.catch(() => this.#logs.delete(name));
    return opening;
  }

  async release(name: string): Promise<void> {
    const opening = this.#logs.get(name);
    this.#logs.delete(name);
    await (await opening?.catch(() => undefined))?.close();
  }

  async list(): Promise<readonly string[]> {
    const names = new Set<string>();
    for (const place of await this.#allPlaces()) {
      const bucket = await place.bucket(1);
      const found = known('the list of logs', await bucket.values('*.about'));
      for (const { key } of found.values) names.add(nameOfPart(key.split('.')[0] ?? ''));
    }
    return [...names].sort();
  }

  async remove(name: string): Promise<void> {
    const open = this.#logs.get(name);
    this.#logs.delete(name);
    await (await open?.catch(() => undefined))?.close();
    const keys = keysOf(name);
    for (const place of await this.#allPlaces()) {
      const bucket = await place.bucket(1);
      const found = known(`log ${name}`, await bucket.get(keys.about));
      if (found === undefined) continue;
      const about = JSON.parse(Buffer.from(found.data).toString()) as About;
      if (about.owned) known(`stream ${about.stream}`, await place.client.deleteStream(about.stream));
      // Last: until then the log is listed, and can be removed again.
      known(`cursors of ${name}`, await bucket.purge(keys.all));
    }
  }

  async close(): Promise<void> {
    const logs = await Promise.allSettled(this.#logs.values());
    this.#logs.clear();
    await Promise.all(logs.map((log) => (log.status === 'fulfilled' ? log.value.close() : undefined)));
    const places = await Promise.allSettled(this.#places.values());
    this.#places.clear();
    await Promise.all(places.map((place) => (place.status === 'fulfilled' ? place.value.client.close() : undefined)));
  }

  #backingOf(name: string, backing: LogBacking | undefined): JetStreamBacking {
    if (backing?.kind === 'jetstream') return backing;
    if (backing !== undefined) throw new TypeError(`log ${name} lives in ${backing.kind}, not in JetStream`);
    if (!this.#options.cluster) throw new TypeError(`log ${name} has no backing, and the store has no cluster`);
    return defaultBacking(name, this.#options.cluster);
  }

  async #open(name: string, retention: Retention, backing: JetStreamBacking): Promise<JetStreamLog> {
    const place = await this.#place(backing.cluster);
    const facts = await this.#stream(place.client, backing, retention);
    const bucket = await place.bucket(backing.replicas);
    const about: About = { stream: backing.stream, owned: backing.owned };
    await remember(bucket, name, about);
    const { clock, logger } = this.#options;
    this.#opened += 1;
    return new JetStreamLog({
      ...{ name, retention, facts, bucket, clock, logger },
      client: place.client,
      stream: backing.stream,
      subject: backing.subject,
      limits: this.#limits,
      tails: this.#tails,
      owner: this.#owner,
      identity: `${this.#owner}.${this.#opened}`,
      ...(backing.owned ? { configure: (limits: Retention) => this.#configure(place.client, backing, limits) } : {}),
    });
  }

  /** The stream as it is; made, or given its limits, where it is ours. */
  async #stream(client: NatsClient, backing: JetStreamBacking, retention: Retention): Promise<NatsStreamFacts> {
    const { stream } = backing;
    const has = known(`stream ${stream}`, await client.stream(stream));
    if (!backing.owned) {
      if (has === undefined) throw new Error(`the stream ${stream} is not there, and it is not ours to make`);
      return has;
    }
    const wanted = streamConfig(backing, client.server, retention);
    if (has === undefined) {
      const made = await client.createStream(wanted);
      if (made.kind === 'refused' && made.code === natsCodes.nameInUse) return this.#stream(client, backing, retention);
      return known(`stream ${stream}`, made);
    }
    if (differences(has.config, wanted).length === 0) return has;
    return known(`stream ${stream}`, await client.updateStream({ ...has.config, ...wanted }));
  }

  async #configure(client: NatsClient, backing: JetStreamBacking, retention: Retention): Promise<void> {
    try {
      await this.#stream(client, backing, retention);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.logger.warn('a stream keeps its old limits', { stream: backing.stream, reason });
    }
  }

  async #allPlaces(): Promise<readonly Place[]> {
    if (this.#options.cluster) void this.#place(this.#options.cluster);
    return Promise.all(this.#places.values());
  }

  #place(cluster: NatsCluster): Promise<Place> {
    const key = JSON.stringify(cluster);
    const there = this.#places.get(key);
    if (there) return there;
    const made = this.#connect(cluster);
    this.#places.set(key, made);
    made.catch(() => this.#places.delete(key));
    return made;
  }

  async #connect(cluster: NatsCluster): Promise<Place> {
    const connected = await (this.#options.connect?.(cluster) ?? connectNats(cluster, this.#options));
    if (connected.kind === 'failed') throw new Error(connected.reason);
    const { client } = connected;
    if (!client.server.jetStream) {
      await client.close();
      throw new Error('the NATS server has JetStream switched off: start it with -js, or name another one');
    }
    const buckets = new Map<number, Promise<NatsBucket>>();
    const bucket = (replicas: number): Promise<NatsBucket> => {
      const there = buckets.get(replicas);
      if (there) return there;
      const made = client.bucket(cursorBucket, replicas).then((answer) => known('the bucket of cursors', answer));
      buckets.set(replicas, made);
      made.catch(() => buckets.delete(replicas));
      return made;
    };
    return { client, bucket };
  }
}

/** Writes it where it is not written yet: opening a log costs the server no flush. */
async function remember(bucket: NatsBucket, name: string, about: About): Promise<void> {
  const text = JSON.stringify(about);
  const { about: key } = keysOf(name);
  const there = known(`log ${name}`, await bucket.get(key));
  if (there !== undefined && Buffer.from(there.data).toString() === text) return;
  known(`log ${name}`, await bucket.put(key, Buffer.from(text)));
}

/** What an answer holds; throws what it says instead, for those whose callers take rejections. */
function known<T>(what: string, answer: NatsAnswer<T>): T {
  if (answer.kind === 'ok') return answer.value;
  throw new Error(`${what}: ${answer.reason}`);
}
