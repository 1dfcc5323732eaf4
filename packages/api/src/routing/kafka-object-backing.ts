/** Where the records of a KafkaSource and of a KafkaSink are. Source: reference sections 6.9, 6.10 and 11.1. */
import { type KafkaSink, topicOwnerAnnotation, topicOwnerExternal } from '../kinds/kafka-sink/types.ts';
import { readNetSecurity } from '../kinds/kafka-source/security.ts';
import { type KafkaSource, keyTypeOf } from '../kinds/kafka-source/types.ts';
import { readKafkaSecret } from '../kinds/shared/kafka-auth.ts';
import { serversOf } from '../kinds/shared/kafka-fields.ts';
import { type ConfigReading, readingOf } from '../kinds/shared/secret-reading.ts';
import type { KafkaBacking, KafkaCluster, KafkaSecurity } from './backing.ts';
import type { BackingContext } from './build-context.ts';
import { readerGroup } from './log-names.ts';

/** Members that a backing must have, and that mean nothing for a topic which somebody else makes. */
const notOurs = { owned: false, partitions: 1, replicationFactor: 1, topicConfig: {} } as const;

function clusterOf(servers: readonly string[], security: KafkaSecurity | undefined): KafkaCluster {
  const isOpen = security === undefined || (security.sasl === undefined && security.tls === undefined);
  return { servers: serversOf(servers), ...(isOpen ? {} : { security }) };
}

/**
 * One topic of a source. The group by which our processes share its partitions has the source's own group in its name:
 * two sources on a topic share nothing.
 */
export function backingOfKafkaSource(
  source: KafkaSource,
  topic: string,
  { read }: Pick<BackingContext, 'read'>,
): ConfigReading<KafkaBacking> {
  const security = readNetSecurity(source, read);
  if (security.kind === 'error') return security;
  const { namespace = '', name } = source.metadata;
  return readingOf({
    kind: 'kafka',
    cluster: clusterOf(source.spec.bootstrapServers, security.value),
    topic,
    ...notOurs,
    group: readerGroup(`${source.spec.consumerGroup ?? ''}-${topic}`),
    records: { kind: 'source', namespace, name, keyType: keyTypeOf(source) },
  });
}

/** Whether a sink asks for its topic to be made: both numbers are given. */
export function makesTopic({ spec }: KafkaSink): boolean {
  return spec.numPartitions !== undefined && spec.replicationFactor !== undefined;
}

export function backingOfKafkaSink(
  sink: KafkaSink,
  { read }: Pick<BackingContext, 'read'>,
): ConfigReading<KafkaBacking> {
  const { namespace = '' } = sink.metadata;
  const { topic, bootstrapServers, numPartitions, replicationFactor, contentMode, auth } = sink.spec;
  const secretName = auth?.secret?.ref?.name ?? '';
  const security = secretName === '' ? undefined : readKafkaSecret(read, namespace, secretName);
  if (security?.kind === 'error') return security;
  // What was found to be there before the sink was is not ours, whatever numbers the sink has.
  const isExternal = sink.status?.annotations?.[topicOwnerAnnotation] === topicOwnerExternal;
  const made =
    numPartitions === undefined || replicationFactor === undefined
      ? notOurs
      : { owned: !isExternal, partitions: numPartitions, replicationFactor, topicConfig: {} };
  return readingOf({
    kind: 'kafka',
    cluster: clusterOf(bootstrapServers, security?.value),
    topic,
    ...made,
    group: readerGroup(topic),
    records: { kind: 'events', contentMode: contentMode ?? 'binary' },
  });
}
