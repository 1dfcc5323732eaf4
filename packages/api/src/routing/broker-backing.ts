/** Where a Broker's events live: one function for each class. Source: reference sections 10, 11.1 and 11.6. */
import {
  brokerClassOf,
  brokerLogOf,
  channelStatus,
  externalTopicAnnotation,
  readBrokerTemplate,
  readJetStreamBrokerConfig,
  readKafkaBrokerConfig,
} from '../kinds/broker/classes.ts';
import type { Broker } from '../kinds/broker/types.ts';
import { logChannelGroup } from '../kinds/log-channel/types.ts';
import type { StreamConfigSpec } from '../kinds/nats-jet-stream-channel/types.ts';
import { isOfGroup } from '../kinds/shared/api-version.ts';
import type { ChannelTemplate } from '../kinds/shared/channel-template.ts';
import { kafkaClusterOf, splitServers } from '../kinds/shared/kafka-auth.ts';
import { natsClusterOf } from '../kinds/shared/nats-auth.ts';
import { fieldsOf } from '../kinds/shared/objects.ts';
import { type ConfigReading, readingOf, unreadable } from '../kinds/shared/secret-reading.ts';
import type { JetStreamBacking, KafkaBacking, LogBacking } from './backing.ts';
import type { BackingContext } from './build-context.ts';
import { retentionOf } from './build-subscription.ts';
import {
  backingOfChannel,
  type ConcreteChannel,
  isConcreteChannel,
  secretAnnotation,
  serversAnnotation,
  topicAnnotation,
} from './channel-backing.ts';
import {
  installationBacking,
  partitionsDefault,
  replicasDefault,
  replicationOfCluster,
} from './installation-backing.ts';
import { streamConfigOf } from './jetstream-config.ts';
import { brokerStream, brokerSubject, kafkaName, type Place, readerGroup } from './log-names.ts';

function placeOf({ metadata }: Broker): Place {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function titleOf({ metadata }: Broker): string {
  return `Broker ${metadata.namespace ?? ''}/${metadata.name}`;
}

/** Undefined as value: the log of the installation, which needs no further word. */
export function backingOfBroker(broker: Broker, context: BackingContext): ConfigReading<LogBacking | undefined> {
  switch (brokerLogOf(broker)) {
    case 'installation':
      return readingOf(onInstallation(broker, context));
    case 'channel':
      return onChannel(broker, context);
    case 'kafka':
      return onKafka(broker, context);
    case 'jetstream':
      return onJetStream(broker, context);
    case undefined:
      return unreadable(`class ${brokerClassOf(broker)} is not one that runs here`);
  }
}

function onInstallation(broker: Broker, context: BackingContext): LogBacking | undefined {
  const place = placeOf(broker);
  return installationBacking(context, {
    topic: () => topicOf(broker, context),
    stream: brokerStream(place),
    subject: brokerSubject(place),
    retention: retentionOf(broker),
  });
}

/** The topic it has, whatever the template of names says by now. */
function topicOf(broker: Broker, { read }: BackingContext): string {
  const kept = broker.status?.annotations?.[topicAnnotation] ?? '';
  return kept === '' ? kafkaName('broker', placeOf(broker), read) : kept;
}

/** Whether a channel template asks for the log of the installation. */
export function isLogTemplate({ apiVersion, kind }: Pick<ChannelTemplate, 'apiVersion' | 'kind'>): boolean {
  return kind === 'LogChannel' && isOfGroup(apiVersion, logChannelGroup);
}

/** The channel that a Broker is made of, as its status names it; undefined while it is not made. */
export function channelOfBroker(broker: Broker, { read }: Pick<BackingContext, 'read'>): ConcreteChannel | undefined {
  const annotations = broker.status?.annotations ?? {};
  const { [channelStatus.apiVersion]: apiVersion = '', [channelStatus.kind]: kind = '' } = annotations;
  const name = annotations[channelStatus.name] ?? '';
  if (apiVersion === '' || kind === '' || name === '') return undefined;
  const channel = read({ apiVersion, kind, namespace: broker.metadata.namespace ?? '', name });
  return channel !== undefined && isConcreteChannel(channel) ? channel : undefined;
}

/**
 * The events of a Broker on a channel are where that channel's would be. A channel, once made, decides: a template that is
 * changed later must not leave events behind. A LogChannel is the installation's log, where the Broker has its own.
 */
function onChannel(broker: Broker, context: BackingContext): ConfigReading<LogBacking | undefined> {
  const channel = channelOfBroker(broker, context);
  if (channel !== undefined) {
    return isLogTemplate(channel) ? readingOf(onInstallation(broker, context)) : backingOfChannel(channel, context);
  }
  const template = readBrokerTemplate(broker, context.read, context.parseYaml);
  if (template.kind === 'error') return template;
  if (isLogTemplate(template.value)) return readingOf(onInstallation(broker, context));
  return unreadable(`the ${template.value.kind} of ${titleOf(broker)} is not made yet`, true);
}

function onKafka(broker: Broker, context: BackingContext): ConfigReading<KafkaBacking> {
  const config = readKafkaBrokerConfig(broker, context.read);
  if (config.kind === 'error') return config;
  const cluster = kafkaClusterOf(config.value, context.installationLog, titleOf(broker));
  if (cluster.kind === 'error') return cluster;
  const external = broker.metadata.annotations?.[externalTopicAnnotation] ?? '';
  const topic = external === '' ? topicOf(broker, context) : external;
  const { partitions, replicationFactor, topicConfig } = config.value ?? { topicConfig: {} };
  return readingOf({
    kind: 'kafka',
    cluster: cluster.value,
    topic,
    owned: external === '',
    partitions: partitions ?? partitionsDefault,
    replicationFactor: replicationFactor ?? replicationOfCluster,
    topicConfig: { 'retention.ms': String(retentionOf(broker).ageMs), ...topicConfig },
    group: readerGroup(topic),
    records: { kind: 'events', contentMode: 'binary' },
  });
}

function onJetStream(broker: Broker, context: BackingContext): ConfigReading<JetStreamBacking> {
  const cluster = natsClusterOf(context.read, context.parseYaml, context.installationLog, titleOf(broker));
  if (cluster.kind === 'error') return cluster;
  const settings = readJetStreamBrokerConfig(broker, context.read, context.parseYaml);
  if (settings.kind === 'error') return settings;
  const stream = fieldsOf(settings.value['stream']);
  const { overrideName } = stream;
  const config = fieldsOf(stream['config']) as StreamConfigSpec;
  const place = placeOf(broker);
  const subject = brokerSubject(place);
  return readingOf({
    kind: 'jetstream',
    cluster: cluster.value,
    stream: typeof overrideName === 'string' && overrideName !== '' ? overrideName : brokerStream(place),
    subject,
    owned: true,
    replicas: typeof config.replicas === 'number' ? config.replicas : replicasDefault(cluster.value),
    streamConfig: streamConfigOf(config, subject),
  });
}

/**
 * The topic a Broker of class Kafka was given, when its settings can no longer be read: by what its status holds. Undefined
 * when it does not hold enough, or a Secret would be needed that is not known any more.
 */
export function keptBrokerBacking(broker: Broker): KafkaBacking | undefined {
  const { annotations = {} } = broker.status ?? {};
  const topic = annotations[topicAnnotation] ?? '';
  const servers = splitServers(annotations[serversAnnotation] ?? '');
  if (topic === '' || servers.length === 0 || (annotations[secretAnnotation] ?? '') !== '') return undefined;
  return {
    kind: 'kafka',
    cluster: { servers },
    topic,
    owned: (broker.metadata.annotations?.[externalTopicAnnotation] ?? '') === '',
    partitions: partitionsDefault,
    replicationFactor: replicationOfCluster,
    topicConfig: {},
    group: readerGroup(topic),
    records: { kind: 'events', contentMode: 'binary' },
  };
}
