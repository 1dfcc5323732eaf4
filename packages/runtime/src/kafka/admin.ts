/**
 * Topics and groups through `kafkajs`: all of these worked in every run, and nothing here is on the way of an event.
 */
import kafkajs, { type Admin as LibraryAdmin } from 'kafkajs';
import { silenceTimersInThePast } from '../system/past-timers.ts';
import type { KafkaClientOptions } from './cluster.ts';
import { answered, failure, KafkaError } from './errors.ts';
import { defaultKafkaLimits } from './limits.ts';
import type { ClusterInfo, KafkaAdmin, KafkaOutcome, NewTopic, PartitionInfo } from './port.ts';
import { adminSecurity } from './security.ts';

const { ConfigResourceTypes, Kafka, logLevel } = kafkajs;

/** Tries of one request: the control plane asks again by itself, so it is told soon. */
const tries = 1;
const firstRetryMs = 100;

interface LibraryError {
  readonly type?: string;
  readonly name?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly originalError?: unknown;
  readonly errors?: readonly unknown[];
  /** Of an error about several groups: each with its own. */
  readonly groups?: readonly { readonly error?: unknown }[];
}

export function createAdmin(options: KafkaClientOptions): KafkaAdmin {
  // The library sets timers in the past (its `requestQueue`), which Node would tell every user about.
  silenceTimersInThePast();
  const limits = { ...defaultKafkaLimits, ...options.limits };
  const kafka = new Kafka({
    clientId: options.clientId ?? 'millrace',
    brokers: [...options.cluster.servers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: limits.connectMs,
    authenticationTimeout: limits.connectMs,
    requestTimeout: limits.requestMs,
    retry: { retries: tries, initialRetryTime: firstRetryMs },
    ...adminSecurity(options.cluster.security),
  });
  return new Admin(kafka.admin());
}

class Admin implements KafkaAdmin {
  readonly #admin: LibraryAdmin;
  #connected: Promise<void> | undefined;

  constructor(admin: LibraryAdmin) {
    this.#admin = admin;
  }

  describeCluster(): Promise<KafkaOutcome<ClusterInfo>> {
    return this.#do('the cluster', async (admin) => {
      const { brokers, clusterId } = await admin.describeCluster();
      return { clusterId, nodes: brokers.map(({ nodeId, host, port }) => ({ id: nodeId, host, port })) };
    });
  }

  describeTopic(topic: string): Promise<KafkaOutcome<readonly PartitionInfo[]>> {
    return this.#do(`topic ${topic}`, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return (topics[0]?.partitions ?? []).map(({ partitionId, leader, replicas, isr }) => ({
        partition: partitionId,
        leader,
        replicas,
        inSync: isr,
      }));
    });
  }

  topicConfig(topic: string): Promise<KafkaOutcome<ReadonlyMap<string, string>>> {
    return this.#do(`the configuration of topic ${topic}`, async (admin) => {
      const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic }];
      const { resources: found } = await admin.describeConfigs({ resources, includeSynonyms: false });
      return new Map((found[0]?.configEntries ?? []).map(({ configName, configValue }) => [configName, configValue]));
    });
  }

  createTopic({ name, partitions, replicationFactor, config }: NewTopic): Promise<KafkaOutcome<boolean>> {
    const configEntries = Object.entries(config).map(([key, value]) => ({ name: key, value }));
    const topics = [{ topic: name, numPartitions: partitions, replicationFactor, configEntries }];
    return this.#do(`making topic ${name}`, (admin) => admin.createTopics({ topics, waitForLeaders: false }));
  }

  deleteTopic(topic: string): Promise<KafkaOutcome<boolean>> {
    return this.#do(`removing topic ${topic}`, async (admin) => {
      try {
        await admin.deleteTopics({ topics: [topic] });
        return true;
      } catch (error) {
        if (codeOf(error) === 'UNKNOWN_TOPIC_OR_PARTITION') return false;
        throw error;
      }
    });
  }

  deleteGroups(groups: readonly string[]): Promise<KafkaOutcome<void>> {
    return this.#do(`removing ${groups.length} consumer groups`, async (admin) => {
      for (const group of groups) {
        try {
          await admin.deleteGroups([group]);
        } catch (error) {
          if (codeOf(error) !== 'GROUP_ID_NOT_FOUND') throw error;
        }
      }
    });
  }

  async close(): Promise<void> {
    if (this.#connected === undefined) return;
    this.#connected = undefined;
    await this.#admin.disconnect().catch(() => {});
  }

  async #do<T>(what: string, action: (admin: LibraryAdmin) => Promise<T>): Promise<KafkaOutcome<T>> {
    try {
      this.#connected ??= this.#admin.connect();
      await this.#connected;
      return { kind: 'ok', value: await action(this.#admin) };
    } catch (error) {
      const code = codeOf(error);
      // A connection that could not be made is made anew the next time.
      if (code === 'UNREACHABLE' || code === 'UNAUTHENTICATED') this.#connected = undefined;
      if (code === 'UNREACHABLE') return failure(new KafkaError(code, `${what}: ${messageOf(error)}`));
      if (code === 'UNAUTHENTICATED') {
        return failure(new KafkaError(code, `${what}: Kafka refuses the user or password, or the SASL mechanism`));
      }
      const answer = answered(code, what);
      return failure(new KafkaError(code, `${answer.message}: ${messageOf(error)}`));
    }
  }
}

/** Kafka's name of what happened, wherever the library put it. */
function codeOf(error: unknown): string {
  for (const one of chain(error)) {
    if (typeof one.type === 'string' && /^[A-Z_]+$/.test(one.type)) return one.type;
    if (one.name === 'KafkaJSSASLAuthenticationError') return 'UNAUTHENTICATED';
  }
  return 'UNREACHABLE';
}

function messageOf(error: unknown): string {
  return chain(error).at(-1)?.message ?? String(error);
}

/** Causes are followed so deep. */
const causesDeep = 8;

function chain(error: unknown, deep = causesDeep): LibraryError[] {
  if (typeof error !== 'object' || error === null || deep === 0) return [];
  const one = error as LibraryError;
  const inner = [
    ...(one.errors ?? []),
    ...(one.groups ?? []).map(({ error: ofGroup }) => ofGroup),
    one.cause,
    one.originalError,
  ];
  return [one, ...inner.flatMap((cause) => chain(cause, deep - 1))];
}
