/** Where the events of a channel live: one function for each kind. Source: reference sections 10, 11.1 and 11.5. */
import { parseDuration } from '../delivery/index.ts';
import { isConfigMap } from '../kinds/config-map/types.ts';
import { type InMemoryChannel, isInMemoryChannel } from '../kinds/in-memory-channel/types.ts';
import {
  isKafkaChannel,
  type KafkaChannel,
  kafkaPartitionsOfChannel,
  kafkaReplicationOfChannel,
  kafkaRetentionOfChannel,
} from '../kinds/kafka-channel/types.ts';
import { isLogChannel, type LogChannel } from '../kinds/log-channel/types.ts';
import { isNatsJetStreamChannel, type NatsJetStreamChannel } from '../kinds/nats-jet-stream-channel/types.ts';
import { parseGoDuration } from '../kinds/shared/go-duration.ts';
import { type KafkaConfig, kafkaClusterOf, readKafkaConfig, splitServers } from '../kinds/shared/kafka-auth.ts';
import { natsClusterOf } from '../kinds/shared/nats-auth.ts';
import { type ConfigReading, readingOf, systemNamespace } from '../kinds/shared/secret-reading.ts';
import type { Resource } from '../resource.ts';
import type { JetStreamBacking, KafkaBacking, LogBacking } from './backing.ts';
import type { BackingContext } from './build-context.ts';
import { retentionMsDefault, retentionOf } from './build-subscription.ts';
import { installationBacking, replicasDefault } from './installation-backing.ts';
import { streamConfigOf } from './jetstream-config.ts';
import { channelStream, channelSubject, kafkaName, type Place, readerGroup } from './log-names.ts';
import type { LogRoute } from './table.ts';

/** The settings of KafkaChannels. */
export const kafkaChannelConfigMap = 'kafka-channel-config';

/**
 * Annotations of a status that hold where a log was put, so that it is found when the settings are gone: Knative's names,
 * but the last, which says that the log was made for this object and goes with it.
 */
export const topicAnnotation = 'default.topic';
export const serversAnnotation = 'bootstrap.servers';
export const secretAnnotation = 'auth.secret.ref.name';
export const madeAnnotation = 'millrace.dev/log-made';

/** A channel that holds events: of any kind but the generic one. */
export type ConcreteChannel = LogChannel | InMemoryChannel | KafkaChannel | NatsJetStreamChannel;

export function isConcreteChannel(resource: Resource): resource is ConcreteChannel {
  return (
    isLogChannel(resource) ||
    isInMemoryChannel(resource) ||
    isKafkaChannel(resource) ||
    isNatsJetStreamChannel(resource)
  );
}

function placeOf({ metadata }: Resource): Place {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function titleOf({ kind, metadata }: Resource): string {
  return `${kind} ${metadata.namespace ?? ''}/${metadata.name}`;
}

/** How long a channel keeps events, and how much. */
export function channelRetention(channel: ConcreteChannel): LogRoute['retention'] {
  if (isKafkaChannel(channel)) {
    const parsed = parseDuration(channel.spec?.retentionDuration ?? kafkaRetentionOfChannel);
    return retentionOf(channel, { ageMs: parsed.kind === 'ok' && parsed.ms > 0 ? parsed.ms : retentionMsDefault });
  }
  if (isNatsJetStreamChannel(channel)) {
    const { maxAge, maxBytes } = channel.spec?.stream?.config ?? {};
    const ageMs = maxAge === undefined ? undefined : parseGoDuration(maxAge);
    return retentionOf(channel, {
      ...(ageMs === undefined || ageMs === 0 ? {} : { ageMs }),
      ...(maxBytes === undefined || maxBytes <= 0 ? {} : { bytes: maxBytes }),
    });
  }
  return retentionOf(channel);
}

/** Undefined as value: the log of the installation, which needs no further word. */
export function backingOfChannel(
  channel: ConcreteChannel,
  context: BackingContext,
): ConfigReading<LogBacking | undefined> {
  if (isInMemoryChannel(channel)) return readingOf({ kind: 'memory' });
  if (isKafkaChannel(channel)) return kafkaBacking(channel, context);
  if (isNatsJetStreamChannel(channel)) return jetStreamBacking(channel, context);
  const place = placeOf(channel);
  return readingOf(
    installationBacking(context, {
      topic: () => topicOf(channel, context),
      stream: channelStream(place),
      subject: channelSubject(place),
      retention: channelRetention(channel),
    }),
  );
}

/** The topic it has, whatever the template says by now. */
function topicOf(channel: Resource, { read }: BackingContext): string {
  const kept = channel.status?.annotations?.[topicAnnotation] ?? '';
  return kept === '' ? kafkaName('channel', placeOf(channel), read) : kept;
}

function kafkaConfig({ read }: BackingContext): ConfigReading<KafkaConfig | undefined> {
  const configMap = read({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: systemNamespace,
    name: kafkaChannelConfigMap,
  });
  return configMap !== undefined && isConfigMap(configMap) ? readKafkaConfig(configMap, read) : readingOf(undefined);
}

function kafkaBacking(channel: KafkaChannel, context: BackingContext): ConfigReading<KafkaBacking> {
  const config = kafkaConfig(context);
  if (config.kind === 'error') return config;
  const cluster = kafkaClusterOf(config.value, context.installationLog, titleOf(channel));
  if (cluster.kind === 'error') return cluster;
  const { numPartitions, replicationFactor } = channel.spec ?? {};
  const topic = topicOf(channel, context);
  return readingOf({
    kind: 'kafka',
    cluster: cluster.value,
    topic,
    owned: true,
    partitions: numPartitions ?? kafkaPartitionsOfChannel,
    replicationFactor: replicationFactor ?? kafkaReplicationOfChannel,
    topicConfig: { ...config.value?.topicConfig, 'retention.ms': String(channelRetention(channel).ageMs) },
    group: readerGroup(topic),
    records: { kind: 'events', contentMode: 'binary' },
  });
}

/** Name of the Secret that a KafkaChannel's servers are come in at with; empty when there is none. */
export function kafkaChannelSecret(context: BackingContext): string {
  const config = kafkaConfig(context);
  return config.kind === 'ok' ? (config.value?.secretName ?? '') : '';
}

function jetStreamBacking(channel: NatsJetStreamChannel, context: BackingContext): ConfigReading<JetStreamBacking> {
  const cluster = natsClusterOf(context.read, context.parseYaml, context.installationLog, titleOf(channel));
  if (cluster.kind === 'error') return cluster;
  const place = placeOf(channel);
  const { overrideName = '', config = {} } = channel.spec?.stream ?? {};
  const subject = channelSubject(place);
  return readingOf({
    kind: 'jetstream',
    cluster: cluster.value,
    stream: overrideName === '' ? channelStream(place) : overrideName,
    subject,
    owned: true,
    replicas: config.replicas ?? replicasDefault(cluster.value),
    streamConfig: streamConfigOf(config, subject),
  });
}

/**
 * The topic a channel was given, when its settings can no longer be read: by what its status holds. Undefined when it does
 * not hold enough, or a Secret would be needed that is not known any more.
 */
export function keptKafkaBacking(channel: ConcreteChannel): KafkaBacking | undefined {
  const { annotations = {} } = channel.status ?? {};
  const topic = annotations[topicAnnotation] ?? '';
  const servers = splitServers(annotations[serversAnnotation] ?? '');
  if (topic === '' || servers.length === 0 || (annotations[secretAnnotation] ?? '') !== '') return undefined;
  const { numPartitions, replicationFactor } = isKafkaChannel(channel) ? (channel.spec ?? {}) : {};
  return {
    kind: 'kafka',
    cluster: { servers },
    topic,
    owned: true,
    partitions: numPartitions ?? kafkaPartitionsOfChannel,
    replicationFactor: replicationFactor ?? kafkaReplicationOfChannel,
    topicConfig: { 'retention.ms': String(channelRetention(channel).ageMs) },
    group: readerGroup(topic),
    records: { kind: 'events', contentMode: 'binary' },
  };
}
