/**
 * Rules of the KafkaSource. Source: reference section 1.7, with `delivery` checked: a policy that cannot be read would let
 * all records wait.
 */
import { kafkaSourceAnnotations, validateAnnotations } from '../annotations.ts';
import { type FieldError, immutableFields, invalidValue, missingField } from '../field-error.ts';
import { validateDelivery } from '../shared/delivery.ts';
import { validateDestination } from '../shared/destination.ts';
import { validateServers, validateTopic } from '../shared/kafka-fields.ts';
import { isFields, shortDiff } from '../shared/objects.ts';
import { validateOverrides } from '../shared/source.ts';
import { type KafkaSource, keyTypeLabel, keyTypes } from './types.ts';

export function validateKafkaSource({ spec, metadata }: KafkaSource): FieldError[] {
  if (!isFields(spec)) return [];
  const { topics = [] } = spec;
  return [
    ...validateServers(spec.bootstrapServers, ['spec', 'bootstrapServers']),
    ...(topics.length === 0 ? [missingField(['spec', 'topics'])] : []),
    ...topics.flatMap((topic, index) => validateTopic(topic, ['spec', 'topics', index])),
    ...validateDestination(spec.sink, ['spec', 'sink']),
    ...validateDelivery(spec.delivery, ['spec', 'delivery']),
    ...validateOverrides(spec.ceOverrides, ['spec', 'ceOverrides']),
    ...validateAnnotations(metadata.annotations, kafkaSourceAnnotations),
    ...validateKeyType(metadata.labels),
  ];
}

function validateKeyType(labels: Readonly<Record<string, string>> | undefined): FieldError[] {
  const label = labels?.[keyTypeLabel];
  if (label === undefined || keyTypes.some((type) => type === label)) return [];
  return [invalidValue(label, ['metadata', 'labels', keyTypeLabel], `expected ${keyTypes.join(', ')}`)];
}

/** A source stays with its consumer group: that is where its position is. */
export function validateKafkaSourceUpdate(before: KafkaSource, after: KafkaSource): FieldError[] {
  const diff = shortDiff(before.spec?.consumerGroup, after.spec?.consumerGroup, 'spec.consumerGroup');
  return diff === '' ? [] : [immutableFields([['spec', 'consumerGroup']], diff)];
}
