/** The client: one connection with everything that goes over it (N1 to N3 of the port). */
import { jetstreamManager, type StreamInfo } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Clock } from '../ports/index.ts';
import { bucketStream, openBucket } from './bucket.ts';
import { Consumers } from './consumers.ts';
import { Fetcher } from './fetch.ts';
import { requestMs } from './limits.ts';
import { Link } from './link.ts';
import { Publisher } from './publish.ts';
import { Replies } from './replies.ts';
import {
  type NatsAnswer,
  type NatsBucket,
  type NatsClient,
  type NatsOutgoing,
  type NatsServerFacts,
  type NatsStored,
  type NatsStreamFacts,
  type NatsWatchListener,
  natsCodes,
} from './types.ts';

export interface ClientParts {
  readonly connection: NatsConnection;
  /** Ends the connection without sending what waits. */
  readonly cut: () => void;
  readonly clock: Clock;
  /** Unique among all processes. */
  readonly identity: string;
}

export async function openClient(parts: ClientParts): Promise<NatsClient> {
  const manager = await jetstreamManager(parts.connection, { checkAPI: false, timeout: requestMs });
  return new Client(parts, manager);
}

type Manager = Awaited<ReturnType<typeof jetstreamManager>>;
type Config = Readonly<Record<string, unknown>>;

class Client implements NatsClient {
  readonly #parts: ClientParts;
  readonly #connection: NatsConnection;
  readonly #manager: Manager;
  readonly #publisher: Publisher;
  readonly #fetcher: Fetcher;
  readonly #consumers: Consumers;
  readonly #link = new Link();

  constructor(parts: ClientParts, manager: Manager) {
    const { connection, clock, identity } = parts;
    this.#parts = parts;
    this.#connection = connection;
    this.#manager = manager;
    const replies = new Replies(connection, `_INBOX.${identity}`);
    this.#publisher = new Publisher({ connection, link: this.#link, replies, clock, batchPrefix: `${identity}.` });
    this.#fetcher = new Fetcher(connection, this.#link, manager, replies, clock);
    this.#consumers = new Consumers(connection, this.#link, manager, replies, clock);
    void this.#follow();
  }

  get server(): NatsServerFacts {
    return factsOf(this.#connection);
  }

  get connected(): boolean {
    return this.#link.connected;
  }

  onConnection(listener: (connected: boolean) => void): () => void {
    return this.#link.onChange(listener);
  }

  async stream(name: string): Promise<NatsAnswer<NatsStreamFacts | undefined>> {
    const answer = await this.#link.ask(async () => streamFacts(await this.#manager.streams.info(name)));
    const absent = answer.kind === 'refused' && answer.code === natsCodes.streamNotFound;
    return absent ? { kind: 'ok', value: undefined } : answer;
  }

  createStream(config: Config): Promise<NatsAnswer<NatsStreamFacts>> {
    return this.#link.ask(async () => streamFacts(await this.#manager.streams.add(config as never)));
  }

  updateStream(config: Config): Promise<NatsAnswer<NatsStreamFacts>> {
    const name = String(config['name']);
    return this.#link.ask(async () => streamFacts(await this.#manager.streams.update(name, config as never)));
  }

  async deleteStream(name: string): Promise<NatsAnswer<boolean>> {
    const answer = await this.#link.ask(() => this.#manager.streams.delete(name));
    const absent = answer.kind === 'refused' && answer.code === natsCodes.streamNotFound;
    return absent ? { kind: 'ok', value: false } : answer;
  }

  purge(
    name: string,
    what: { readonly below: number } | { readonly subject: string; readonly below?: number },
  ): Promise<NatsAnswer<number>> {
    const options = {
      ...('subject' in what ? { filter: what.subject } : {}),
      ...(what.below === undefined ? {} : { seq: what.below }),
    };
    return this.#link.ask(async () => (await this.#manager.streams.purge(name, options as never)).purged);
  }

  async publish(messages: readonly NatsOutgoing[], atomic: boolean): Promise<NatsAnswer<NatsStored>> {
    return this.#publisher.publish(messages, atomic);
  }

  async fetch(stream: string, from: number, limit: { readonly messages: number; readonly bytes: number }) {
    return this.#fetcher.fetch(stream, from, limit);
  }

  async next(stream: string, from: number) {
    return this.#fetcher.next(stream, from);
  }

  async firstAt(stream: string, timeMs: number) {
    return this.#consumers.firstAt(stream, timeMs);
  }

  async watch(stream: string, from: number, listener: NatsWatchListener) {
    return this.#consumers.watch(stream, from, listener);
  }

  async bucket(name: string, replicas: number): Promise<NatsAnswer<NatsBucket>> {
    const atomic = this.server.atLeast(2, 12);
    const config = bucketStream(name, replicas, atomic);
    const found = await this.stream(`KV_${name}`);
    if (found.kind !== 'ok') return found;
    if (found.value === undefined) {
      const made = await this.createStream(config);
      // Another process may have made it in this moment.
      if (made.kind !== 'ok' && !(made.kind === 'refused' && made.code === natsCodes.nameInUse)) return made;
    } else {
      const has = found.value.config;
      const replicasMax = Math.max(replicas, Number(has['num_replicas'] ?? 1));
      if (has['num_replicas'] !== replicasMax || (atomic && has['allow_atomic'] !== true)) {
        const updated = await this.updateStream({ ...has, ...config, num_replicas: replicasMax });
        if (updated.kind !== 'ok') return updated;
      }
    }
    const parts = {
      connection: this.#connection,
      link: this.#link,
      publisher: this.#publisher,
      consumers: this.#consumers,
      fetcher: this.#fetcher,
      purge: (stream: string, subject: string, below?: number) =>
        this.purge(stream, { subject, ...(below === undefined ? {} : { below }) }),
      atomic,
    };
    return openBucket(parts, name);
  }

  async close(): Promise<void> {
    await this.#link.ask(() => this.#connection.flush());
    await this.#connection.close();
    this.#link.lost();
  }

  abort(): void {
    this.#parts.cut();
    this.#link.lost();
    void this.#connection.close();
  }

  async #follow(): Promise<void> {
    for await (const { type } of this.#connection.status()) {
      if (type === 'disconnect' || type === 'close') this.#link.lost();
      if (type === 'reconnect') this.#link.restored();
    }
    this.#link.lost();
  }
}

function factsOf(connection: NatsConnection): NatsServerFacts {
  const { info } = connection;
  const version = info?.version ?? '0.0.0';
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const cluster = info?.cluster;
  return {
    version,
    atLeast: (wantedMajor, wantedMinor) => major > wantedMajor || (major === wantedMajor && minor >= wantedMinor),
    jetStream: info?.jetstream === true,
    maxPayloadBytes: info?.max_payload ?? 0,
    ...(cluster === undefined ? {} : { cluster }),
    clusterSize: Math.max(1, new Set(info?.connect_urls ?? []).size),
  };
}

function streamFacts({ config, state, cluster }: StreamInfo): NatsStreamFacts {
  const followers = (cluster?.replicas ?? []).filter((replica) => !replica.offline);
  return {
    config: config as unknown as Config,
    firstSequence: state.first_seq,
    lastSequence: state.last_seq,
    messages: state.messages,
    bytes: state.bytes,
    firstTimeMs: Math.max(0, Date.parse(state.first_ts as unknown as string)),
    lastTimeMs: Math.max(0, Date.parse(state.last_ts as unknown as string)),
    liveReplicas: 1 + followers.length,
  };
}
