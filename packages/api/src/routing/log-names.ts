/**
 * Names of topics, streams and cursors on servers: those of Knative, so that what is there already is found.
 * Source: reference sections 10, 11.1, 11.5 and 11.6.
 */
import { isConfigMap } from '../kinds/config-map/types.ts';
import { type ReadObject, systemNamespace } from '../kinds/shared/secret-reading.ts';

/** Namespace and name of an object. */
export interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** ConfigMap with the templates of names, and its keys with what holds without it. */
const kafkaFeaturesConfigMap = 'config-kafka-features';
const kafkaTemplates = {
  broker: { key: 'brokers.topic.template', shipped: 'knative-broker-{{ .Namespace }}-{{ .Name }}' },
  channel: { key: 'channels.topic.template', shipped: 'knative-messaging-kafka.{{ .Namespace }}.{{ .Name }}' },
  trigger: { key: 'triggers.consumergroup.template', shipped: 'knative-trigger-{{ .Namespace }}-{{ .Name }}' },
} as const;

export type KafkaNamed = keyof typeof kafkaTemplates;

/** The name of a topic or group by its template; a template that asks for what we do not know is not used. */
export function kafkaName(what: KafkaNamed, place: Place, read: ReadObject): string {
  const { key, shipped } = kafkaTemplates[what];
  const features = read({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    namespace: systemNamespace,
    name: kafkaFeaturesConfigMap,
  });
  const written = features !== undefined && isConfigMap(features) ? (features.data?.[key] ?? '').trim() : '';
  const named = written === '' ? '' : fillTemplate(written, place);
  return named === '' || named.includes('{{') ? fillTemplate(shipped, place) : named;
}

function fillTemplate(template: string, { namespace, name }: Place): string {
  return template
    .replaceAll(/\{\{\s*\.Namespace\s*\}\}/g, () => namespace)
    .replaceAll(/\{\{\s*\.Name\s*\}\}/g, () => name);
}

/** Group by which our processes share a topic's partitions; cursors have groups of their own. */
export function readerGroup(topic: string): string {
  return `millrace-${topic}`;
}

/** Group of a Subscription on a channel. */
export function subscriptionGroup(channel: Place, uid: string): string {
  return `kafka.${channel.namespace}.${channel.name}.${uid}`;
}

/** Stream names have no dots and no spaces; NATS' own tools show them in capitals. */
function streamPart(text: string): string {
  return text.replaceAll(/[-.]/g, '_').toUpperCase();
}

export function channelStream({ namespace, name }: Place): string {
  return `KN_${streamPart(namespace)}__${streamPart(name)}`;
}

export function brokerStream({ namespace, name }: Place): string {
  return `KN_BROKER_${streamPart(namespace)}__${streamPart(name)}`;
}

/** Subject that a channel's events are published to. */
export function channelSubject({ namespace, name }: Place): string {
  return `${namespace}.${name}._knative`;
}

/** Subject that a Broker's events are published to. */
export function brokerSubject({ namespace, name }: Place): string {
  return `${namespace}.${name}._knative_broker.events`;
}

function plainUid(uid: string): string {
  return uid.replaceAll('-', '').toUpperCase();
}

export function subscriptionConsumer(uid: string): string {
  return `KN_SUB_${plainUid(uid)}`;
}

export function triggerConsumer(uid: string): string {
  return `KN_TRIGGER_${plainUid(uid)}`;
}
