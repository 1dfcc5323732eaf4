/** The KafkaChannel, stored as v1beta1; v1 has the same fields. Source: reference sections 1.6 and 11. */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { ChannelableSpec, ChannelableStatus } from '../shared/channelable.ts';

export interface KafkaChannelSpec extends ChannelableSpec {
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  /** How long the topic keeps events: ISO 8601. */
  readonly retentionDuration?: string;
}

export interface KafkaChannel extends Resource {
  readonly kind: 'KafkaChannel';
  readonly spec?: KafkaChannelSpec;
  readonly status?: ChannelableStatus;
}

export const kafkaPartitionsOfChannel = 1;
export const kafkaReplicationOfChannel = 1;
export const kafkaRetentionOfChannel = 'PT168H';

export function isKafkaChannel(resource: Resource): resource is KafkaChannel {
  return resource.kind === 'KafkaChannel' && isOfGroup(resource.apiVersion, 'messaging.knative.dev');
}
