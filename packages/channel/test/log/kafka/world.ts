/** Worlds for the log contract on Kafka: a store on a real server, reached through a proxy, so that a process can be gone. */
import type { KafkaBacking } from '@millrace/api';
import { type KafkaLimits, type Logger, type Metrics, silentLogger, systemClock } from '@millrace/runtime';
import { TcpProxy } from '@millrace/testkit';
import { createKafkaStore, type KafkaLogLimits } from '../../../src/log/kafka/index.ts';
import type { LogStore } from '../../../src/log/log.ts';
import type { Abilities, LogHarness, World } from '../contract-world.ts';
import { takeRecords } from './plain-client.ts';

export interface ProcessOptions {
  readonly limits?: Partial<KafkaLogLimits>;
  readonly clientLimits?: Partial<KafkaLimits>;
  readonly logger?: Logger;
  readonly metrics?: Metrics;
}

/** One process, as far as the server can tell. */
export interface Process {
  readonly store: LogStore;
  readonly proxy: TcpProxy;
  /** It is gone: its connections break, what it had not sent is not sent. */
  crash(): void;
  end(): Promise<void>;
}

export async function startProcess(port: number, options: ProcessOptions = {}): Promise<Process> {
  const proxy = await TcpProxy.start();
  proxy.target(port);
  const store = createKafkaStore({
    clock: systemClock,
    logger: silentLogger,
    addressOf: () => ({ host: '127.0.0.1', port: proxy.port }),
    ...options,
  });
  return {
    store,
    proxy,
    crash: () => proxy.refuse(),
    async end() {
      await store.close();
      await proxy.stop();
    },
  };
}

let lastTopic = 0;

/** A topic of its own for each log of each world. */
export function newTopic(): string {
  lastTopic += 1;
  return `contract-${process.pid}-${lastTopic}`;
}

export function backingOf(servers: string, topic: string, more: Partial<KafkaBacking> = {}): KafkaBacking {
  return {
    kind: 'kafka',
    cluster: { servers: [servers] },
    topic,
    owned: true,
    partitions: 1,
    replicationFactor: 1,
    topicConfig: {},
    group: `millrace-${topic}`,
    records: { kind: 'events', contentMode: 'binary' },
    ...more,
  };
}

const kafkaAbilities: Abilities = {
  atomicCommits: false,
  retention: 'by the server',
  listsUnopened: false,
  adds: ['knativekafkapartition', 'knativekafkaoffset'],
};

export interface KafkaWorldOptions extends ProcessOptions {
  readonly partitions?: number;
}

export function kafkaHarness(
  server: () => { readonly port: number; readonly servers: string },
  options: KafkaWorldOptions = {},
): LogHarness {
  return {
    async start(more): Promise<World> {
      const { port, servers } = server();
      const queue = more?.queueBytes === undefined ? {} : { queueBytes: more.queueBytes };
      const all = { ...options, clientLimits: { ...options.clientLimits, ...queue } };
      const topics = new Map<string, string>();
      const gone: Process[] = [];
      let now = await startProcess(port, all);
      const topicOf = (name: string) => {
        const topic = topics.get(name) ?? newTopic();
        topics.set(name, topic);
        return topic;
      };
      const named = (store: LogStore): LogStore => ({
        kind: store.kind,
        open: (name, retention) =>
          store.open(name, retention, backingOf(servers, topicOf(name), { partitions: options.partitions ?? 1 })),
        list: () => store.list(),
        remove: (name) => store.remove(name),
        close: () => store.close(),
      });
      return {
        abilities: kafkaAbilities,
        get store() {
          return named(now.store);
        },
        take: (log, partition, upTo) => takeRecords(servers, topicOf(log.name), partition, upTo),
        pass: (ms) => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 50))),
        // The broker's clock stamps records: ours does not matter.
        jump: () => {},
        async reopen() {
          await now.end();
          now = await startProcess(port, all);
        },
        async crash() {
          now.crash();
          gone.push(now);
          now = await startProcess(port, all);
        },
        async end() {
          for (const name of await now.store.list()) await now.store.remove(name);
          await now.end();
          for (const one of gone) {
            void one.store.close();
            await one.proxy.stop();
          }
        },
      };
    },
  };
}
