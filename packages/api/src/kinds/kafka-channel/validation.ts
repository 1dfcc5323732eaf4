/** Rules of the KafkaChannel. Source: reference section 1.6. */
import { parseDuration } from '../../delivery/index.ts';
import { type FieldError, immutableFields, invalidValue } from '../field-error.ts';
import { validateChannelable } from '../shared/channelable.ts';
import { fieldsOf, shortDiff } from '../shared/objects.ts';
import type { KafkaChannel } from './types.ts';

/** A partition's replicas are counted in 16 bits on the wire, partitions in 32. */
const replicationMax = 32_767;
const partitionsMax = 2_147_483_647;

function validateCount(value: number | undefined, field: string, max: number): FieldError[] {
  if (value === undefined || (value >= 1 && value <= max)) return [];
  return [invalidValue(value, ['spec', field], `expected a whole number from 1 to ${max}`)];
}

function validateRetention(value: string | undefined): FieldError[] {
  if (value === undefined) return [];
  const parsed = parseDuration(value);
  if (parsed.kind === 'ok' && parsed.ms >= 0) return [];
  const why = parsed.kind === 'ok' ? 'the duration must not be negative' : parsed.message;
  return [invalidValue(value, ['spec', 'retentionDuration'], why)];
}

export function validateKafkaChannel(channel: KafkaChannel): FieldError[] {
  const { numPartitions, replicationFactor, retentionDuration } = channel.spec ?? {};
  return [
    ...validateCount(numPartitions, 'numPartitions', partitionsMax),
    ...validateCount(replicationFactor, 'replicationFactor', replicationMax),
    ...validateRetention(retentionDuration),
    ...validateChannelable(channel),
  ];
}

/** The topic is made once. */
export function validateKafkaChannelUpdate(before: KafkaChannel, after: KafkaChannel): FieldError[] {
  const topicOf = (spec: unknown): unknown => {
    const { numPartitions, replicationFactor, retentionDuration } = fieldsOf(spec);
    return { numPartitions, replicationFactor, retentionDuration };
  };
  const diff = shortDiff(topicOf(before.spec), topicOf(after.spec), 'spec');
  return diff === '' ? [] : [immutableFields([['spec']], diff)];
}
