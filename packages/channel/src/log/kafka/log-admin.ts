/**
 * Topics as the control plane deals with them: made when they are ours, checked against the live nodes either way.
 *
 * A1. An external topic is never made, changed or removed.
 * A2. What is refused says what a person can do. What serves, but is not as durable as it looks, is a warning.
 */
import type { KafkaBacking, LogAdmin, LogAdminOutcome, LogBacking } from '@millrace/api';
import {
  type ClusterInfo,
  createKafkaAdmin,
  type KafkaAdmin,
  type KafkaClientOptions,
  type KafkaFailure,
  type PartitionInfo,
} from '@millrace/runtime';
import { newTopicOf } from './topic.ts';

export type KafkaLogAdminOptions = Omit<KafkaClientOptions, 'cluster'>;

export function createKafkaLogAdmin(options: KafkaLogAdminOptions): LogAdmin {
  return {
    ensure: (backing) => withAdmin(options, backing, ensure),
    remove: (backing) => withAdmin(options, backing, remove),
  };
}

const minInSync = 'min.insync.replicas';
/** Kafka's answers that trying again will not change. */
const refusals = new Set([
  ...['INVALID_REPLICATION_FACTOR', 'INVALID_PARTITIONS', 'INVALID_CONFIG', 'INVALID_TOPIC_EXCEPTION'],
  ...['POLICY_VIOLATION', 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'UNAUTHENTICATED'],
  ...['TOPIC_DELETION_DISABLED', 'GROUP_AUTHORIZATION_FAILED'],
]);

async function withAdmin(
  options: KafkaLogAdminOptions,
  backing: LogBacking,
  action: (admin: KafkaAdmin, backing: KafkaBacking) => Promise<LogAdminOutcome>,
): Promise<LogAdminOutcome> {
  if (backing.kind !== 'kafka') throw new TypeError(`a log of kind ${backing.kind} is no topic`);
  const admin = await createKafkaAdmin({ ...options, cluster: backing.cluster });
  try {
    return await action(admin, backing);
  } finally {
    await admin.close();
  }
}

async function ensure(admin: KafkaAdmin, backing: KafkaBacking): Promise<LogAdminOutcome> {
  const cluster = await admin.describeCluster();
  if (cluster.kind === 'failed') return failed(cluster);
  const found = await admin.describeTopic(backing.topic);
  if (found.kind === 'ok') return check(admin, backing, cluster.value, found.value, false);
  if (found.code !== 'UNKNOWN_TOPIC_OR_PARTITION') return failed(found);
  if (!backing.owned) {
    const message = `topic ${backing.topic} is not there: make it, or leave its name out so that one is made`;
    return { kind: 'refused', reason: 'TopicNotFound', message }; // A1
  }
  const wanted = withReplication(backing, cluster.value);
  const refused = refusal(wanted, cluster.value);
  if (refused !== undefined) return refused;
  const made = await admin.createTopic(newTopicOf(wanted));
  if (made.kind === 'failed') return failed(made.code === 'INVALID_CONFIG' ? withConfig(made, backing) : made);
  const partitions = await admin.describeTopic(backing.topic);
  if (partitions.kind === 'failed') return { kind: 'ready', made: made.value, warnings: [] };
  return check(admin, backing, cluster.value, partitions.value, made.value);
}

/** Replicas of a topic that nobody gave a number for, as far as there are nodes for them: one may be lost, and one be down. */
const replicasDefault = 3;

/** The backing with a number where nobody asked for one. */
function withReplication(backing: KafkaBacking, { nodes }: ClusterInfo): KafkaBacking {
  const replicationFactor = Math.max(1, Math.min(replicasDefault, nodes.length));
  return backing.replicationFactor < 0 ? { ...backing, replicationFactor } : backing;
}

/** What the cluster cannot do as it is now, said before Kafka is asked. */
function refusal({ replicationFactor, topicConfig }: KafkaBacking, cluster: ClusterInfo): LogAdminOutcome | undefined {
  const nodes = cluster.nodes.length;
  if (replicationFactor > nodes) {
    return {
      kind: 'refused',
      reason: 'NotEnoughBrokers',
      message:
        `replication factor ${replicationFactor} needs as many Kafka nodes, and ${nodes} are live: ` +
        `start more, or lower default.topic.replication.factor to ${nodes}`,
    };
  }
  const wanted = Number(topicConfig[minInSync] ?? 1);
  if (wanted <= replicationFactor) return undefined;
  return {
    kind: 'refused',
    reason: 'InvalidMinInSyncReplicas',
    message:
      `${minInSync} ${wanted} can never be met with replication factor ${replicationFactor}: ` +
      'nothing could be appended; lower the one or raise the other',
  };
}

/** The library does not hand on which setting Kafka means. */
function withConfig(failure: KafkaFailure, { topicConfig }: KafkaBacking): KafkaFailure {
  const asked = Object.entries(topicConfig).map(([name, value]) => `${name}=${value}`);
  return { ...failure, reason: `${failure.reason}; asked for: ${asked.join(', ')}` };
}

async function check(
  admin: KafkaAdmin,
  backing: KafkaBacking,
  cluster: ClusterInfo,
  partitions: readonly PartitionInfo[],
  made: boolean,
): Promise<LogAdminOutcome> {
  const warnings: string[] = [];
  const config = await admin.topicConfig(backing.topic);
  const least = Math.min(...partitions.map(({ replicas }) => replicas.length));
  const inSync = Math.min(...partitions.map(({ inSync: live }) => live.length));
  if (config.kind === 'failed')
    warnings.push(`The configuration of topic ${backing.topic} cannot be read: ${config.reason}`);
  else {
    const minimum = Number(config.value.get(minInSync) ?? 1);
    if (minimum > least) {
      const message = `topic ${backing.topic} has ${least} replicas and ${minInSync} ${minimum}: nothing can be appended; lower ${minInSync} to ${Math.max(1, least - 1)}`;
      return { kind: 'refused', reason: 'InvalidMinInSyncReplicas', message };
    }
    warnings.push(...durability(backing.topic, least, minimum, inSync), ...contents(backing, config.value));
  }
  if (!backing.owned) return { kind: 'ready', made, warnings };
  if (partitions.length !== backing.partitions) {
    warnings.push(
      `Topic ${backing.topic} has ${partitions.length} partitions and ${backing.partitions} are asked for: it is used as it is.`,
    );
  }
  if (least < backing.replicationFactor) {
    warnings.push(
      `Topic ${backing.topic} has ${least} replicas and ${backing.replicationFactor} are asked for: reassign its partitions on the ${cluster.nodes.length} nodes.`,
    );
  }
  return { kind: 'ready', made, warnings };
}

function durability(topic: string, replicas: number, minimum: number, inSync: number): string[] {
  const warnings: string[] = [];
  if (replicas === 1) {
    warnings.push(`Topic ${topic} has one replica: when its node is gone, so are its events.`);
  } else if (minimum < 2) {
    warnings.push(
      `Topic ${topic} has ${replicas} replicas and ${minInSync} ${minimum}: an event may be acknowledged that only one node has; set ${minInSync} to 2.`,
    );
  } else if (minimum === replicas) {
    warnings.push(
      `Topic ${topic} has ${replicas} replicas and ${minInSync} ${minimum}: while one node is down nothing can be appended.`,
    );
  }
  if (inSync < minimum) {
    warnings.push(
      `Topic ${topic} has ${inSync} replicas in sync just now and needs ${minimum}: appends wait for the other nodes.`,
    );
  }
  return warnings;
}

/** Kafka removes by its own rules what a cursor may not have settled. */
function contents({ topic }: KafkaBacking, config: ReadonlyMap<string, string>): string[] {
  if (!(config.get('cleanup.policy') ?? 'delete').includes('compact')) return [];
  return [`Topic ${topic} is compacted: Kafka keeps the last event of a key and drops the others.`];
}

async function remove(admin: KafkaAdmin, backing: KafkaBacking): Promise<LogAdminOutcome> {
  if (!backing.owned) return { kind: 'ready', made: false, warnings: [] }; // A1
  const removed = await admin.deleteTopic(backing.topic);
  if (removed.kind === 'failed') return failed(removed);
  // Members that are still leaving keep the group a little longer; one without a topic is forgotten by Kafka itself.
  await admin.deleteGroups([backing.group]);
  return { kind: 'ready', made: false, warnings: [] };
}

function failed({ code, reason }: KafkaFailure): LogAdminOutcome {
  if (code === 'UNAUTHENTICATED') {
    return { kind: 'refused', reason: 'Unauthenticated', message: `${reason}: check the Secret that the object names` };
  }
  if (refusals.has(code)) return { kind: 'refused', reason: pascal(code), message: reason };
  const message = `${reason}: check the addresses of the servers, and that they are up`;
  return { kind: 'unreachable', reason: 'KafkaUnreachable', message };
}

function pascal(code: string): string {
  return code
    .split('_')
    .map((word) => word.slice(0, 1) + word.slice(1).toLowerCase())
    .join('');
}
