/** Rules of the Broker, and those of its class. Source: reference sections 1.2, 11.1 and 11.6. */
import { brokerAnnotations, brokerClassAnnotation, validateAnnotations } from '../annotations.ts';
import { type FieldError, fieldError, immutableFields, invalidValue, missingField, withPaths } from '../field-error.ts';
import type { KindContext } from '../kind.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateReference } from '../shared/destination.ts';
import { validateTopic } from '../shared/kafka-fields.ts';
import { fieldsOf, isFields, shortDiff } from '../shared/objects.ts';
import {
  brokerClassOf,
  brokerLogOf,
  externalTopicAnnotation,
  jetStreamConfigAnnotation,
  kafkaNamespacedBrokerClass,
} from './classes.ts';
import { refusesForeignConfig } from './config.ts';
import type { Broker } from './types.ts';

const classPath = ['metadata', 'annotations', brokerClassAnnotation];

export function validateBroker(broker: Broker, context: KindContext): FieldError[] {
  const { metadata, spec = {} } = broker;
  const errors = validateAnnotations(metadata.annotations, brokerAnnotations);
  if ((metadata.annotations?.[brokerClassAnnotation] ?? '') === '') {
    errors.push(withPaths(missingField(classPath), [brokerClassAnnotation]));
  }
  if (spec.config !== undefined) {
    const namespace = metadata.namespace ?? context.namespace;
    const parent = refusesForeignConfig(context.brokerDefaults, namespace) ? namespace : undefined;
    errors.push(...validateReference(spec.config, ['spec', 'config'], parent));
  }
  errors.push(...validateDelivery(spec.delivery, ['spec', 'delivery']));
  return [...errors, ...validateKafka(broker), ...validateJetStream(broker)];
}

/** What the webhook of Knative's Kafka Broker asks for, and a topic that Kafka takes. */
function validateKafka(broker: Broker): FieldError[] {
  if (brokerLogOf(broker) !== 'kafka') return [];
  const { config } = broker.spec ?? {};
  const { namespace, annotations = {} } = broker.metadata;
  const errors: FieldError[] = [];
  if (config !== undefined && config.kind !== 'ConfigMap') {
    errors.push(invalidValue(config.kind, ['spec', 'config', 'kind'], 'Expected ConfigMap'));
  }
  const isElsewhere = config !== undefined && (config.namespace ?? namespace) !== namespace;
  if (brokerClassOf(broker) === kafkaNamespacedBrokerClass && isElsewhere) {
    const expected = 'Expected ConfigMap in same namespace with broker resource';
    errors.push(invalidValue(config.namespace, ['spec', 'config', 'namespace'], expected));
  }
  const at = ['metadata', 'annotations', externalTopicAnnotation];
  if (Object.hasOwn(annotations, externalTopicAnnotation)) {
    errors.push(...validateTopic(annotations[externalTopicAnnotation], at));
  }
  return errors;
}

function validateJetStream(broker: Broker): FieldError[] {
  const value = broker.metadata.annotations?.[jetStreamConfigAnnotation];
  if (brokerLogOf(broker) !== 'jetstream' || value === undefined) return [];
  const at = ['metadata', 'annotations', jetStreamConfigAnnotation];
  let config: unknown;
  try {
    config = JSON.parse(value);
  } catch {
    config = undefined;
  }
  return isFields(config) ? [] : [invalidValue(value, at, 'expected a JSON object such as {"stream": {}}')];
}

/** The class never changes, nor does the topic of others that it lives on; and of `spec` only `delivery` may. */
export function validateBrokerUpdate(before: Broker, after: Broker): FieldError[] {
  const errors: FieldError[] = [];
  const classOf = (broker: Broker): string | undefined => broker.metadata.annotations?.[brokerClassAnnotation];
  const classDiff = shortDiff(classOf(before), classOf(after), brokerClassAnnotation);
  if (classDiff !== '') {
    const error = fieldError('Immutable annotations changed (-old +new)', [classPath], classDiff);
    errors.push(withPaths(error, ['annotations']));
  }
  const topicOf = (broker: Broker): string | undefined => broker.metadata.annotations?.[externalTopicAnnotation];
  const topicDiff = shortDiff(topicOf(before), topicOf(after), externalTopicAnnotation);
  if (topicDiff !== '') {
    const at = ['metadata', 'annotations', externalTopicAnnotation];
    const error = fieldError('Immutable annotations changed (-old +new)', [at], topicDiff);
    errors.push(withPaths(error, ['annotations']));
  }
  const specDiff = shortDiff(withoutDelivery(before.spec), withoutDelivery(after.spec), 'spec');
  if (specDiff !== '') errors.push(immutableFields([['spec']], specDiff));
  return errors;
}

function withoutDelivery(spec: unknown): unknown {
  const { delivery: _, ...rest } = fieldsOf(spec);
  return rest;
}
