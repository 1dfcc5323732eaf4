/**
 * Connections to the nodes of one cluster, and who leads what.
 *
 * C1. Requests that wait at the broker (a fetch for events, a join for the other members) have connections of their own:
 *     Kafka answers the requests of one connection in their order. Joins of two groups share none: a group may wait for a
 *     minute, and a new one waits 3 s by default.
 * C2. What is known of leaders and coordinators is forgotten as soon as an answer says that it is wrong.
 */
import type { KafkaCluster } from '@millrace/api';
import {
  type API,
  type Broker,
  type Connection,
  ConnectionPool,
  findCoordinatorV4,
  metadataV9,
} from '@platformatic/kafka';
import type { Clock, Logger } from '../ports/index.ts';
import { answered, asKafkaError, isPassing, KafkaError, needsCoordinator, needsMetadata } from './errors.ts';
import { type KafkaLimits, retryDelayMs } from './limits.ts';
import type { PartitionInfo } from './port.ts';
import { connectionSecurity } from './security.ts';

export interface KafkaClientOptions {
  readonly cluster: KafkaCluster;
  readonly clock: Clock;
  readonly logger: Logger;
  /** What the broker's own logs call us. */
  readonly clientId?: string;
  readonly limits?: Partial<KafkaLimits>;
  /**
   * The address to use for the one a node announces, where that cannot be reached from here (a forwarded port, a proxy).
   */
  readonly addressOf?: (host: string, port: number) => { readonly host: string; readonly port: number };
}

type MetadataResponse = ReturnType<typeof metadataV9.parseResponse>;

/** One connection to each node. There are as many of the last kind as groups that join just now. */
export type Lane = 'requests' | 'produce' | 'reads' | 'waits' | 'waits-committed' | JoinLane;
export type JoinLane = `join ${number}`;

/** Requests of one lane to one node that are under way at once; more wait their turn. */
const requestsInFlight = 256;

/** Groups asked for in one request. */
export const groupsInOne = 100;

export class Cluster {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: KafkaLimits;
  readonly #options: KafkaClientOptions;
  readonly #lanes = new Map<Lane, ConnectionPool>();
  readonly #bootstrap: readonly Broker[];
  #brokers = new Map<number, Broker>();
  readonly #topics = new Map<string, readonly PartitionInfo[]>();
  readonly #coordinators = new Map<string, number>();
  /** The refresh under way, for all who want one. */
  readonly #refreshing = new Map<string, Promise<readonly PartitionInfo[]>>();
  #closed = false;
  #joins = 0;

  constructor(options: KafkaClientOptions, limits: KafkaLimits) {
    this.clock = options.clock;
    this.logger = options.logger;
    this.limits = limits;
    this.#options = options;
    this.#bootstrap = options.cluster.servers.map(addressOf);
  }

  get closed(): boolean {
    return this.#closed;
  }

  wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.clock.setTimer(delayMs, resolve));
  }

  /** Tries until it works, the error is one that stays, or `withinMs` is over. Throws KafkaError. */
  async retrying<T>(what: string, action: () => Promise<T>, withinMs = this.limits.retryMs): Promise<T> {
    const untilMs = this.clock.monotonic() + withinMs;
    for (let tries = 1; ; tries += 1) {
      try {
        if (this.#closed) throw new KafkaError('CLOSED', `${what}: the client is closed`);
        return await action();
      } catch (thrown) {
        const error = asKafkaError(thrown, what);
        const delayMs = retryDelayMs(tries);
        if (this.#closed || !isPassing(error.code) || this.clock.monotonic() + delayMs > untilMs) throw error;
        await this.wait(delayMs);
      }
    }
  }

  /** Sends to one node. Throws KafkaError for what Kafka or the network says. */
  async send<A extends unknown[], R>(lane: Lane, node: number, api: API<A, R>, ...args: A): Promise<R> {
    const broker = this.#brokers.get(node);
    if (broker === undefined) throw new KafkaError('LEADER_NOT_AVAILABLE', `node ${node} is not there`);
    const connection = await this.#lane(lane).get(broker);
    return api.async(connection, ...args);
  }

  /** Sends to any node. */
  async sendToAny<A extends unknown[], R>(api: API<A, R>, ...args: A): Promise<R> {
    return api.async(await this.#any(), ...args);
  }

  /** The partitions of a topic, by number; from memory when they are known. */
  async partitionsOf(topic: string): Promise<readonly PartitionInfo[]> {
    return this.#topics.get(topic) ?? this.refresh(topic);
  }

  /** Node that leads a partition. Throws `LEADER_NOT_AVAILABLE`, or `UNKNOWN_TOPIC_OR_PARTITION`. */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const info = (await this.partitionsOf(topic))[partition];
    if (info === undefined) throw answered('UNKNOWN_TOPIC_OR_PARTITION', `partition ${partition} of ${topic}`);
    if (info.leader < 0) {
      this.forgetTopic(topic);
      throw answered('LEADER_NOT_AVAILABLE', `partition ${partition} of ${topic}`);
    }
    return info.leader;
  }

  /** The leader as it is known now, without asking. */
  knownLeader(topic: string, partition: number): number | undefined {
    const leader = this.#topics.get(topic)?.[partition]?.leader;
    return leader === undefined || leader < 0 ? undefined : leader;
  }

  forgetTopic(topic: string): void {
    this.#topics.delete(topic);
  }

  /** Takes note of an error of one partition (C2). */
  noteError(topic: string, code: string): void {
    if (needsMetadata(code)) this.forgetTopic(topic);
  }

  refresh(topic: string): Promise<readonly PartitionInfo[]> {
    const underWay = this.#refreshing.get(topic);
    if (underWay !== undefined) return underWay;
    const refreshing = this.#refresh(topic).finally(() => this.#refreshing.delete(topic));
    this.#refreshing.set(topic, refreshing);
    return refreshing;
  }

  /** The node that keeps a group. */
  async coordinatorOf(group: string): Promise<number> {
    const found = (await this.coordinatorsOf([group])).get(group);
    if (found === undefined) throw answered('COORDINATOR_NOT_AVAILABLE', `the coordinator of group ${group}`);
    return found;
  }

  /** The nodes that keep groups: those that are not known are asked for together. */
  async coordinatorsOf(groups: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const nodes = new Map<string, number>();
    const unknown: string[] = [];
    for (const group of groups) {
      const node = this.#coordinators.get(group);
      if (node !== undefined && this.#brokers.has(node)) nodes.set(group, node);
      else unknown.push(group);
    }
    for (let at = 0; at < unknown.length; at += groupsInOne) {
      const { coordinators } = await this.sendToAny(findCoordinatorV4.api, 0, unknown.slice(at, at + groupsInOne));
      for (const found of coordinators) {
        this.#brokers.set(found.nodeId, this.#reach(found));
        this.#coordinators.set(found.key, found.nodeId);
        nodes.set(found.key, found.nodeId);
      }
    }
    return nodes;
  }

  forgetCoordinators(groups: readonly string[]): void {
    for (const group of groups) this.#coordinators.delete(group);
  }

  /** A request about a group: finds who keeps it, and finds it again when it moved. */
  async toCoordinator<A extends unknown[], R>(lane: Lane, group: string, api: API<A, R>, ...args: A): Promise<R> {
    try {
      return await this.send(lane, await this.coordinatorOf(group), api, ...args);
    } catch (thrown) {
      const error = asKafkaError(thrown, `group ${group}`);
      if (needsCoordinator(error.code)) this.forgetCoordinators([group]);
      // What was answered goes along: the answer to a first join names its member.
      throw Object.assign(error, { response: (thrown as { readonly response?: unknown }).response });
    }
  }

  /** For the joins of one group, and nobody else. */
  joinLane(): JoinLane {
    this.#joins += 1;
    return `join ${this.#joins}`;
  }

  /** Its connections end; the next request opens new ones. */
  release(lane: JoinLane): void {
    const open = this.#lanes.get(lane);
    this.#lanes.delete(lane);
    void open?.close().catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    const lanes = [...this.#lanes.values()];
    this.#lanes.clear();
    await Promise.all(lanes.map((lane) => lane.close().catch(() => {})));
  }

  async #refresh(topic: string): Promise<readonly PartitionInfo[]> {
    const response = await this.#metadata(topic);
    this.#brokers = new Map(response.brokers.map((broker) => [broker.nodeId, this.#reach(broker)]));
    const found = response.topics.find(({ name }) => name === topic);
    if (found === undefined || (found.errorCode !== 0 && found.partitions.length === 0)) {
      throw answered(found?.errorCode ?? 'UNKNOWN_TOPIC_OR_PARTITION', `topic ${topic}`);
    }
    const partitions = found.partitions
      .map((one) => ({
        partition: one.partitionIndex,
        leader: one.leaderId,
        replicas: one.replicaNodes,
        inSync: one.isrNodes,
      }))
      .sort((a, b) => a.partition - b.partition);
    this.#topics.set(topic, partitions);
    return partitions;
  }

  async #metadata(topic: string): Promise<MetadataResponse> {
    try {
      return await this.sendToAny(metadataV9.api, [topic], false, false, false);
    } catch (error) {
      // The library throws when one partition has no leader, and has the whole answer with it.
      const { response } = error as { readonly response?: MetadataResponse };
      if (response?.topics !== undefined) return response;
      throw asKafkaError(error, `the nodes of the cluster (${this.#options.cluster.servers.join(', ')})`);
    }
  }

  /** A connection that is there already, else the first node that takes one. */
  async #any(): Promise<Connection> {
    const lane = this.#lane('requests');
    for (const [, connection] of lane) if (connection.isConnected()) return connection;
    const known = [...this.#brokers.values()];
    const asked = this.#bootstrap.map((broker) => this.#mapped(broker));
    return lane.getFirstAvailable([...known, ...asked]);
  }

  #lane(lane: Lane): ConnectionPool {
    const open = this.#lanes.get(lane);
    if (open !== undefined) return open;
    const { connectMs, requestMs, rebalanceMs } = this.limits;
    const pool = new ConnectionPool(this.#options.clientId ?? 'millrace', {
      connectTimeout: connectMs,
      requestTimeout: lane.startsWith('join ') ? rebalanceMs + requestMs : requestMs,
      maxInflights: requestsInFlight,
      ...connectionSecurity(this.#options.cluster.security),
    });
    // What goes wrong with a connection is told to those who wait for it; the event has nobody else to tell.
    pool.on('connecting', ({ connection }) => void connection.on('error', () => {}));
    this.#lanes.set(lane, pool);
    return pool;
  }

  #reach(broker: Broker): Broker {
    return this.#mapped({ host: broker.host, port: broker.port });
  }

  #mapped({ host, port }: Broker): Broker {
    return this.#options.addressOf?.(host, port) ?? { host, port };
  }
}

const defaultPort = 9092;

function addressOf(server: string): Broker {
  const colon = server.lastIndexOf(':');
  const port = colon > 0 ? Number(server.slice(colon + 1)) : Number.NaN;
  if (!Number.isInteger(port)) return { host: server, port: defaultPort };
  return { host: server.slice(0, colon).replace(/^\[|\]$/g, ''), port };
}
