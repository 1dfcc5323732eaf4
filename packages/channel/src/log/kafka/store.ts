/**
 * Logs on Kafka clusters: one client a cluster, whatever the number of logs on it. The client libraries are loaded when the first
 * log is opened.
 *
 * A log's name is ours (a UID); its topic, groups and cluster come with its backing. What is not known without the backing
 * is not known here: `list` names the logs that were opened by this process.
 */
import { type KafkaBacking, type LogBacking, sizeOfEvent } from '@millrace/api';
import {
  type Clock,
  createKafkaAdmin,
  createKafkaClient,
  type IncomingRecord,
  type KafkaClient,
  type KafkaClientOptions,
  type KafkaLimits,
  type Logger,
  type Metrics,
  noMetrics,
} from '@millrace/runtime';
import type { EventLog, LogRecord, LogStore, Retention } from '../log.ts';
import { RecordCache } from './cache.ts';
import { decodeRecord } from './codec.ts';
import { Follower } from './follower.ts';
import { KafkaLog } from './kafka-log.ts';
import { defaultKafkaLogLimits, type KafkaLogLimits } from './limits.ts';
import { wrapRecord } from './source.ts';
import { newTopicOf } from './topic.ts';

export interface KafkaStoreOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics?: Metrics;
  readonly limits?: Partial<KafkaLogLimits>;
  readonly clientLimits?: Partial<KafkaLimits>;
  readonly clientId?: string;
  /** See `KafkaClientOptions`. */
  readonly addressOf?: NonNullable<KafkaClientOptions['addressOf']>;
}

interface OpenCluster {
  readonly client: KafkaClient;
  readonly followers: { readonly all: Follower; readonly committed: Follower };
}

interface OpenLog {
  readonly log: KafkaLog;
  readonly backing: KafkaBacking;
}

export function createKafkaStore(options: KafkaStoreOptions): LogStore {
  return new KafkaStore(options);
}

class KafkaStore implements LogStore {
  readonly kind = 'kafka';
  readonly #options: KafkaStoreOptions;
  readonly #limits: KafkaLogLimits;
  readonly #cache: RecordCache;
  readonly #clusters = new Map<string, Promise<OpenCluster>>();
  readonly #logs = new Map<string, Promise<OpenLog>>();
  #closed = false;

  constructor(options: KafkaStoreOptions) {
    this.#options = options;
    this.#limits = { ...defaultKafkaLogLimits, ...options.limits };
    this.#cache = new RecordCache(this.#limits.cacheBytes);
  }

  async open(name: string, retention: Retention, backing?: LogBacking): Promise<EventLog> {
    if (this.#closed) throw new Error('the Kafka store is closed');
    const known = this.#logs.get(name);
    if (known !== undefined) return (await known).log;
    if (backing?.kind !== 'kafka') throw new TypeError(`log ${name} is opened on Kafka without saying on which topic`);
    const opening = this.#open(name, retention, backing);
    this.#logs.set(name, opening);
    // What could not be opened is tried anew the next time.
    opening.catch(() => this.#logs.delete(name));
    return (await opening).log;
  }

  async release(name: string): Promise<void> {
    const opening = this.#logs.get(name);
    this.#logs.delete(name);
    await (await opening?.catch(() => undefined))?.log.close();
  }

  async list(): Promise<readonly string[]> {
    return [...this.#logs.keys()].sort();
  }

  async remove(name: string): Promise<void> {
    const opening = this.#logs.get(name);
    this.#logs.delete(name);
    if (opening === undefined) return;
    const { log, backing } = await opening;
    await log.close();
    // Offsets and not groups: several topics may be read under one name.
    const { client } = await this.#cluster(backing);
    for (const group of log.groups) {
      const removed = await client.deleteOffsets(group, backing.topic, log.allPartitions);
      if (removed.kind === 'failed') throw new Error(`the cursors of log ${name} are not removed: ${removed.reason}`);
    }
    if (!backing.owned) return;
    const admin = await createKafkaAdmin(this.#clientOptions(backing));
    const removed = await admin.deleteTopic(backing.topic).finally(() => admin.close());
    if (removed.kind === 'failed') throw new Error(`log ${name} is not removed: ${removed.reason}`);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const logs = await Promise.allSettled(this.#logs.values());
    this.#logs.clear();
    await Promise.all(logs.map((one) => (one.status === 'fulfilled' ? one.value.log.close() : undefined)));
    const clusters = await Promise.allSettled(this.#clusters.values());
    this.#clusters.clear();
    await Promise.all(clusters.map((one) => (one.status === 'fulfilled' ? one.value.client.close() : undefined)));
  }

  #clientOptions({ cluster }: KafkaBacking): KafkaClientOptions {
    const { clock, logger, clientLimits: limits, clientId, addressOf } = this.#options;
    return {
      ...{ cluster, clock, logger },
      ...(limits && { limits }),
      ...(clientId !== undefined && { clientId }),
      ...(addressOf && { addressOf }),
    };
  }

  #cluster(backing: KafkaBacking): Promise<OpenCluster> {
    const key = JSON.stringify(backing.cluster);
    const known = this.#clusters.get(key);
    if (known !== undefined) return known;
    const opening = createKafkaClient(this.#clientOptions(backing)).then((client): OpenCluster => {
      const { clock } = this.#options;
      const ports = {
        client,
        limits: this.#limits,
        nowMs: () => clock.monotonic(),
        wait: (delayMs: number) => new Promise<void>((resolve) => void clock.setTimer(delayMs, resolve)),
      };
      return { client, followers: { all: new Follower(ports, false), committed: new Follower(ports, true) } };
    });
    this.#clusters.set(key, opening);
    return opening;
  }

  async #open(name: string, retention: Retention, backing: KafkaBacking): Promise<OpenLog> {
    const { client, followers } = await this.#cluster(backing);
    const partitions = await this.#partitions(client, retention, backing);
    const { records } = backing;
    // As the reference: a source reads what transactions committed, a Broker what is there.
    const committedOnly = records.kind === 'source';
    const { clock } = this.#options;
    const log = await KafkaLog.open(
      name,
      {
        client,
        limits: this.#limits,
        cache: this.#cache,
        follower: committedOnly ? followers.committed : followers.all,
        topic: backing.topic,
        group: backing.group,
        contentMode: records.kind === 'events' ? records.contentMode : 'binary',
        committedOnly,
        toRecord: this.#reading(backing),
        nowMs: () => clock.monotonic(),
        every: (delayMs, action) => every(clock, delayMs, action),
      },
      partitions,
    );
    return { log, backing };
  }

  /** How many there are. A topic of ours that is not there yet is made. */
  async #partitions(client: KafkaClient, retention: Retention, backing: KafkaBacking): Promise<number> {
    const { topic, owned } = backing;
    let found = await client.describeTopic(topic);
    if (found.kind === 'failed' && found.code === 'UNKNOWN_TOPIC_OR_PARTITION' && owned) {
      const admin = await createKafkaAdmin(this.#clientOptions(backing));
      const made = await admin.createTopic(newTopicOf(backing, retention)).finally(() => admin.close());
      if (made.kind === 'failed') throw new Error(`topic ${topic} cannot be made: ${made.reason}`);
      found = await this.#whenThere(client, topic);
    }
    if (found.kind === 'failed') throw new Error(`topic ${topic} cannot be used: ${found.reason}`);
    return found.value.length;
  }

  /** A topic that was just made is known to each node a little later. */
  async #whenThere(client: KafkaClient, topic: string) {
    const untilMs = this.#options.clock.monotonic() + topicKnownMs;
    for (;;) {
      const found = await client.describeTopic(topic);
      const absent = found.kind === 'failed' && found.code === 'UNKNOWN_TOPIC_OR_PARTITION';
      if (!absent || this.#options.clock.monotonic() > untilMs) return found;
      await new Promise<void>((resolve) => void this.#options.clock.setTimer(topicLookMs, resolve));
    }
  }

  /** What becomes of a record that is read. */
  #reading({ topic, records }: KafkaBacking) {
    const { logger, metrics = noMetrics } = this.#options;
    const description = 'Records of a topic that are no CloudEvents and were passed over';
    const discarded = metrics.counter('millrace_kafka_discarded_records', { description, unit: '{record}' }, { topic });
    let told = false;
    return (incoming: IncomingRecord, partition: number, timeMs: number): LogRecord | undefined => {
      const decoded = decodeRecord(incoming, partition);
      const { offset } = incoming;
      if (decoded.kind === 'event') return recordOf(decoded, partition, offset, timeMs);
      if (records.kind === 'source') {
        const wrapped = wrapRecord(incoming, partition, { ...records, topic });
        return recordOf({ ...wrapped, headers: [] }, partition, offset, timeMs);
      }
      discarded.add(1);
      const fields = { topic, partition, offset, reason: decoded.message };
      if (told) logger.debug('a record is no CloudEvent and is passed over', fields);
      else logger.warn('a record is no CloudEvent and is passed over; further ones are counted only', fields);
      told = true;
      return undefined;
    };
  }
}

/** How long a new topic may take to be known everywhere, and how often that is looked at. */
const topicKnownMs = 15_000;
const topicLookMs = 50;

function recordOf(
  { event, headers, key }: { readonly key: string | undefined } & Pick<LogRecord, 'event' | 'headers'>,
  partition: number,
  offset: number,
  timeMs: number,
): LogRecord {
  const bytes = sizeOfEvent(event);
  return { event, headers, ...(key === undefined ? {} : { key }), partition, offset, timeMs, bytes };
}

function every(clock: Clock, delayMs: number, action: () => void): () => void {
  const again = () =>
    clock.setTimer(delayMs, () => {
      action();
      timer = again();
    });
  let timer = again();
  return () => timer.cancel();
}
