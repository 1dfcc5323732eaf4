/** A log that lives where the installation's logs live: `--log`. */
import type { InstallationLog, LogBacking, NatsCluster } from './backing.ts';
import { readerGroup } from './log-names.ts';
import type { LogRoute } from './table.ts';

/** Partitions of a topic that nobody gave a number for: ten processes can share it. That is Knative's number for Brokers. */
export const partitionsDefault = 10;

/** Nobody asked for a number: as many as there are live brokers, up to three. Whoever makes the topic counts them. */
export const replicationOfCluster = -1;

/** As many as JetStream advises for what must outlive a server. */
const replicasMax = 3;

/** Replicas of a stream that nobody gave a number for: three where as many servers are named, else one. */
export function replicasDefault({ servers }: NatsCluster): number {
  return servers.length >= replicasMax ? replicasMax : 1;
}

/** What a log is called on each sort of server. */
export interface LogNames {
  /** Asked for only where it is needed. */
  readonly topic: () => string;
  readonly stream: string;
  readonly subject: string;
  readonly retention: LogRoute['retention'];
}

/** Undefined: in the process or its data directory, where the installation says it anyway. */
export function installationBacking(
  { installationLog }: { readonly installationLog: InstallationLog },
  names: LogNames,
): LogBacking | undefined {
  if (installationLog.kind === 'kafka') {
    const topic = names.topic();
    return {
      kind: 'kafka',
      cluster: installationLog.cluster,
      topic,
      owned: true,
      partitions: partitionsDefault,
      replicationFactor: replicationOfCluster,
      topicConfig: { 'retention.ms': String(names.retention.ageMs) },
      group: readerGroup(topic),
      records: { kind: 'events', contentMode: 'binary' },
    };
  }
  if (installationLog.kind === 'jetstream') {
    const { cluster } = installationLog;
    const { stream, subject } = names;
    return {
      kind: 'jetstream',
      cluster,
      stream,
      subject,
      owned: true,
      replicas: replicasDefault(cluster),
      streamConfig: {},
    };
  }
  return undefined;
}
