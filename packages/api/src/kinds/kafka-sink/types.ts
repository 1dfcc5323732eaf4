/** The KafkaSink. Source: reference sections 1.8 and 6.10. */
import type { Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';

export interface KafkaSinkSpec {
  readonly topic: string;
  readonly bootstrapServers: readonly string[];
  /** With `replicationFactor`: the topic is made, and removed with the sink. Without both it must be there. */
  readonly numPartitions?: number;
  readonly replicationFactor?: number;
  readonly contentMode?: 'binary' | 'structured';
  /** A Secret in the namespace of the sink. */
  readonly auth?: { readonly secret?: { readonly ref?: { readonly name: string } } };
}

export interface KafkaSink extends Resource {
  readonly kind: 'KafkaSink';
  readonly spec: KafkaSinkSpec;
  readonly status?: Status;
}

export function isKafkaSink(resource: Resource): resource is KafkaSink {
  return resource.kind === 'KafkaSink' && isOfGroup(resource.apiVersion, 'eventing.knative.dev');
}

/** In the status: who made the topic. It goes with the sink only when we did. */
export const topicOwnerAnnotation = 'eventing.knative.dev/topic.owner';
export const topicOwnerController = 'kafkasink-controller';
export const topicOwnerExternal = 'external';
