/** Defaults of the KafkaChannel: one partition, one replica, a week. Source: reference section 1.6. */
import type { Resource } from '../../resource.ts';
import { defaultChannelable } from '../shared/channelable.ts';
import { type Fields, fieldsOf, isFields } from '../shared/objects.ts';
import { kafkaPartitionsOfChannel, kafkaReplicationOfChannel, kafkaRetentionOfChannel } from './types.ts';

/** What is absent, or a number that is zero, as Knative has it: zero is how Go says absent. */
function defaultFields(spec: Fields): Fields {
  const { numPartitions, replicationFactor, retentionDuration } = spec;
  return {
    ...spec,
    numPartitions: numPartitions === undefined || numPartitions === 0 ? kafkaPartitionsOfChannel : numPartitions,
    replicationFactor:
      replicationFactor === undefined || replicationFactor === 0 ? kafkaReplicationOfChannel : replicationFactor,
    retentionDuration:
      retentionDuration === undefined || retentionDuration === '' ? kafkaRetentionOfChannel : retentionDuration,
  };
}

export function defaultKafkaChannel(resource: Resource): Resource {
  const { spec } = resource;
  if (spec !== undefined && !isFields(spec)) return resource;
  return defaultChannelable({ ...resource, spec: defaultFields(fieldsOf(spec)) });
}
