/** The configuration of one Kafka node that is broker and controller, with timings that make failover a matter of seconds. */
import type { ServerTls } from './certificates.ts';
import { credentials, saslProperties, tlsProperties } from './kafka-security.ts';

export type SecureProtocol = 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

export interface KafkaListener {
  readonly name: 'PLAINTEXT' | 'PROXIED' | SecureProtocol;
  readonly port: number;
  /** What clients of this listener are told to connect to, when it is not the port itself. */
  readonly advertisedPort?: number;
}

export interface NodeConfiguration {
  readonly nodeId: number;
  /** The controller's port of each node, in order of node ids from 1. */
  readonly controllers: readonly number[];
  readonly data: string;
  readonly listeners: readonly KafkaListener[];
  readonly tls?: ServerTls;
  readonly clientAuth?: 'requested' | 'required';
  /** Anything else; stands above what is here. */
  readonly more?: Readonly<Record<string, string | number>>;
}

const host = '127.0.0.1';

export function kafkaProperties(node: NodeConfiguration): string {
  const count = node.controllers.length;
  const all: Record<string, string | number | boolean> = {
    ...identity(node),
    ...replication(count),
    ...timings,
    ...sizes,
    'auto.create.topics.enable': false,
    ...(node.tls ? tlsProperties(node.tls, node.clientAuth ?? 'requested') : {}),
    ...saslProperties(
      node.listeners.map(({ name }) => name).filter((name) => name.startsWith('SASL_')),
      credentials,
    ),
    ...node.more,
  };
  return `${Object.entries(all)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}

function identity(node: NodeConfiguration): Record<string, string | number> {
  const controllerPort = node.controllers[node.nodeId - 1];
  const protocol = (name: string) => (name === 'PROXIED' ? 'PLAINTEXT' : name);
  return {
    'process.roles': 'broker,controller',
    'node.id': node.nodeId,
    'controller.quorum.voters': node.controllers.map((port, index) => `${index + 1}@${host}:${port}`).join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: [
      `CONTROLLER://${host}:${controllerPort}`,
      ...node.listeners.map(({ name, port }) => `${name}://${host}:${port}`),
    ].join(','),
    'advertised.listeners': node.listeners
      .map(({ name, port, advertisedPort }) => `${name}://${host}:${advertisedPort ?? port}`)
      .join(','),
    'listener.security.protocol.map': [
      'CONTROLLER:PLAINTEXT',
      ...node.listeners.map(({ name }) => `${name}:${protocol(name)}`),
    ].join(','),
    'log.dirs': node.data,
  };
}

function replication(nodes: number): Record<string, number> {
  const inSync = Math.max(1, nodes - 1);
  return {
    'default.replication.factor': nodes,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': nodes,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': nodes,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': nodes,
    'share.coordinator.state.topic.min.isr': inSync,
  };
}

const timings = {
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1_000,
  // With the defaults all partitions stand still for up to 9 s after a kill, and a killed node waits as long for its own return.
  'broker.session.timeout.ms': 3_000,
  'broker.heartbeat.interval.ms': 500,
  // The group protocol of KIP-848: its default of 5 s makes gaps of that length at each rebalance.
  'group.consumer.heartbeat.interval.ms': 500,
  'group.consumer.min.heartbeat.interval.ms': 250,
};

const sizes = {
  'num.network.threads': 2,
  'num.io.threads': 4,
  // The default takes 128 MB of the heap.
  'log.cleaner.dedupe.buffer.size': 4_194_304,
};
