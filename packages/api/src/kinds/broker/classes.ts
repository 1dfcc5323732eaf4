/**
 * The classes of Brokers that run here, and what is particular to them: names of annotations, and settings out of
 * ConfigMaps. All run on the one engine; a class says where its events live and what its status looks like.
 *
 * Source: reference sections 1.2, 2.1, 10, 11.1 and 11.6.
 */
import { brokerClassAnnotation } from '../annotations.ts';
import { isConfigMap } from '../config-map/types.ts';
import { type ChannelTemplate, shippedChannelDefaults } from '../shared/channel-template.ts';
import { type KafkaConfig, readKafkaConfig } from '../shared/kafka-auth.ts';
import { fieldsOf, isFields } from '../shared/objects.ts';
import {
  type ConfigReading,
  type ReadObject,
  readingOf,
  readYaml,
  systemNamespace,
  unreadable,
} from '../shared/secret-reading.ts';
import { millraceBrokerClass } from './config.ts';
import type { Broker } from './types.ts';

export const channelBrokerClass = 'MTChannelBasedBroker';
export const kafkaBrokerClass = 'Kafka';
export const kafkaNamespacedBrokerClass = 'KafkaNamespaced';
export const jetStreamBrokerClass = 'NatsJetStreamBroker';

/** What a class keeps its events in; undefined: the class is somebody else's. */
export type BrokerLog = 'installation' | 'channel' | 'kafka' | 'jetstream';

const logs: ReadonlyMap<string, BrokerLog> = new Map([
  [millraceBrokerClass, 'installation'],
  [channelBrokerClass, 'channel'],
  [kafkaBrokerClass, 'kafka'],
  [kafkaNamespacedBrokerClass, 'kafka'],
  [jetStreamBrokerClass, 'jetstream'],
]);

export function brokerClassOf(broker: Broker): string {
  return broker.metadata.annotations?.[brokerClassAnnotation] ?? '';
}

export function brokerLogOf(broker: Broker): BrokerLog | undefined {
  return logs.get(brokerClassOf(broker));
}

export const brokerClasses: readonly string[] = [...logs.keys()];

/** Names an existing topic, which is used as it is. */
export const externalTopicAnnotation = 'kafka.eventing.knative.dev/external.topic';
/** Settings of a NatsJetStreamBroker, JSON. */
export const jetStreamConfigAnnotation = 'natsjetstream.eventing.knative.dev/config';

/** In the status of a Broker of class Kafka, besides the topic, its servers and their Secret. */
export const partitionsStatus = 'default.topic.partitions';
export const replicationStatus = 'default.topic.replication.factor';
/** In the status of a Trigger on Kafka: its consumer group, which stays when the template of names changes. */
export const groupIdStatus = 'group.id';

/** In the status of a MTChannelBasedBroker: the channel that it is made of. */
export const channelStatus = {
  address: 'knative.dev/channelAddress',
  caCerts: 'knative.dev/channelCACerts',
  audience: 'knative.dev/channelAudience',
  apiVersion: 'knative.dev/channelAPIVersion',
  kind: 'knative.dev/channelKind',
  name: 'knative.dev/channelName',
} as const;

/** On the channel of a MTChannelBasedBroker. */
export const brokerEverythingLabel = 'eventing.knative.dev/brokerEverything';

/** The ConfigMap that Knative's YAML of a Broker names; what it says is what holds where it is not there. */
export const defaultChannelConfigMap = 'config-br-default-channel';
export const channelTemplateKey = 'channel-template-spec';

/** `spec.config` as an object: undefined when there is none, an error when it is not there or no ConfigMap. */
function readConfigMap(broker: Broker, read: ReadObject) {
  const ref = broker.spec?.config;
  if (ref === undefined) return undefined;
  const namespace = ref.namespace || (broker.metadata.namespace ?? '');
  const title = `ConfigMap ${namespace}/${ref.name}`;
  if (ref.kind !== 'ConfigMap') return { title, namespace, name: ref.name, isConfigMap: false as const };
  const found = read({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: ref.name });
  const configMap = found !== undefined && isConfigMap(found) ? found : undefined;
  return { title, namespace, name: ref.name, isConfigMap: true as const, configMap };
}

/** Settings of a Broker of class Kafka; undefined when it names no ConfigMap. */
export function readKafkaBrokerConfig(broker: Broker, read: ReadObject): ConfigReading<KafkaConfig | undefined> {
  const config = readConfigMap(broker, read);
  if (config === undefined) return readingOf(undefined);
  if (!config.isConfigMap) return unreadable(`spec.config.kind: expected ConfigMap, got ${broker.spec?.config?.kind}`);
  if (brokerClassOf(broker) === kafkaNamespacedBrokerClass && config.namespace !== broker.metadata.namespace) {
    return unreadable(`spec.config.namespace: class ${kafkaNamespacedBrokerClass} needs it in the Broker's namespace`);
  }
  if (config.configMap === undefined) return unreadable(`${config.title} does not exist; create it`, true);
  return readKafkaConfig(config.configMap, read);
}

function readTemplate(
  text: string,
  title: string,
  parseYaml: (text: string) => unknown,
): ConfigReading<ChannelTemplate> {
  const at = `${title}, key ${channelTemplateKey}`;
  const read = readYaml(text, at, parseYaml);
  if (read.kind === 'error') return read;
  const { value } = read;
  if (!isFields(value)) return unreadable(`${at}: expected an object with apiVersion and kind`);
  const { apiVersion, kind, spec } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') {
    const missing = ['apiVersion', 'kind'].filter((field) => typeof fieldsOf(value)[field] !== 'string');
    return unreadable(`${at}: missing field(s): ${missing.join(', ')}`);
  }
  return readingOf({ apiVersion, kind, ...(isFields(spec) ? { spec } : {}) });
}

/** What channel a MTChannelBasedBroker is made of: what its ConfigMap says, else that of the installation. */
export function readBrokerTemplate(
  broker: Broker,
  read: ReadObject,
  parseYaml: (text: string) => unknown,
): ConfigReading<ChannelTemplate> {
  const shipped = shippedChannelDefaults.cluster;
  const config = readConfigMap(broker, read);
  if (config === undefined || !config.isConfigMap) return readingOf(shipped);
  const { namespace, name, title } = config;
  if (config.configMap === undefined) {
    const isProvided = namespace === systemNamespace && name === defaultChannelConfigMap;
    return isProvided
      ? readingOf(shipped)
      : unreadable(`configmaps "${name}" not found in namespace ${namespace}`, true);
  }
  const text = config.configMap.data?.[channelTemplateKey];
  if (text === undefined || text.trim() === '') return unreadable(`${title} has no key "${channelTemplateKey}"`);
  return readTemplate(text, title, parseYaml);
}

const jetStreamConfigMap = 'natsjetstream-broker-config';
const jetStreamConfigKey = 'config';

/**
 * Settings of a NatsJetStreamBroker, in NATS broker's own form (`stream`, `consumer`, …): its annotation, else the ConfigMap
 * of `spec.config`, else `natsjetstream-broker-config`: the namespace's entry, else the cluster's. Nothing: an empty object.
 */
export function readJetStreamBrokerConfig(
  broker: Broker,
  read: ReadObject,
  parseYaml: (text: string) => unknown,
): ConfigReading<Readonly<Record<string, unknown>>> {
  const annotated = broker.metadata.annotations?.[jetStreamConfigAnnotation] ?? '';
  if (annotated !== '') {
    const value = parsed(annotated, (text) => JSON.parse(text) as unknown);
    return isFields(value)
      ? readingOf(value)
      : unreadable(`annotation ${jetStreamConfigAnnotation}: expected a JSON object such as {"stream": {}}`);
  }
  const named = readConfigMap(broker, read);
  if (named?.isConfigMap === true && named.configMap === undefined) {
    return unreadable(`${named.title} does not exist; create it`, true);
  }
  const place = { apiVersion: 'v1', kind: 'ConfigMap', namespace: systemNamespace, name: jetStreamConfigMap };
  const configMap = named?.isConfigMap === true ? named.configMap : read(place);
  const text = configMap?.data?.[jetStreamConfigKey]?.trim() ?? '';
  if (text === '') return readingOf({});
  const title = `ConfigMap ${configMap?.metadata.namespace ?? ''}/${configMap?.metadata.name ?? ''}`;
  const value = parsed(text, parseYaml);
  if (!isFields(value)) {
    return unreadable(`${title}, key ${jetStreamConfigKey}: expected clusterDefault and namespaceDefaults`);
  }
  const namespaces = fieldsOf(value['namespaceDefaults']);
  const own = broker.metadata.namespace ?? '';
  return readingOf(fieldsOf(Object.hasOwn(namespaces, own) ? namespaces[own] : value['clusterDefault']));
}

/** Undefined for text that cannot be read. */
function parsed(text: string, parse: (text: string) => unknown): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}
