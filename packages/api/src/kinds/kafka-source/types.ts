/** The KafkaSource. Source: reference sections 1.7 and 6.9. */
import type { DeliverySpec } from '../../delivery/index.ts';
import type { Resource } from '../../resource.ts';
import type { DeliveryOrder } from '../../routing/table.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { SourceSpec, SourceStatus } from '../shared/source.ts';

/** A value in a Secret of the same namespace. */
export interface KafkaSecretValue {
  readonly secretKeyRef?: { readonly name: string; readonly key: string };
}

export interface KafkaNetSpec {
  readonly sasl?: {
    readonly enable?: boolean;
    readonly user?: KafkaSecretValue;
    readonly password?: KafkaSecretValue;
    /** Name of the mechanism; PLAIN when there is none. */
    readonly type?: KafkaSecretValue;
    /** Of OAUTHBEARER, which is not supported. */
    readonly tokenProvider?: KafkaSecretValue;
    readonly roleARN?: KafkaSecretValue;
  };
  readonly tls?: {
    readonly enable?: boolean;
    readonly cert?: KafkaSecretValue;
    readonly key?: KafkaSecretValue;
    readonly caCert?: KafkaSecretValue;
  };
}

export interface KafkaSourceSpec extends SourceSpec {
  readonly bootstrapServers: readonly string[];
  readonly topics: readonly string[];
  /** Kafka's consumer group, which holds the position. */
  readonly consumerGroup?: string;
  /**
   * In Knative: pods that share the partitions. One process here takes all that are assigned to it at once; a higher
   * number lets it have so much more under way, and 0 lets the source rest.
   */
  readonly consumers?: number;
  readonly initialOffset?: 'earliest' | 'latest';
  readonly ordering?: DeliveryOrder;
  readonly delivery?: DeliverySpec;
  readonly net?: KafkaNetSpec;
}

export interface KafkaSourceStatus extends SourceStatus {
  readonly consumers?: number;
  readonly deadLetterSinkUri?: string;
  readonly deadLetterSinkCACerts?: string;
  readonly deadLetterSinkAudience?: string;
}

export interface KafkaSource extends Resource {
  readonly kind: 'KafkaSource';
  readonly spec: KafkaSourceSpec;
  readonly status?: KafkaSourceStatus;
}

export const kafkaSourceEventType = 'dev.knative.kafka.event';

/** How keys of records are read into the extensions `key` and `partitionkey`. */
export const keyTypeLabel = 'kafkasources.sources.knative.dev/key-type';
export const keyTypes = ['string', 'int', 'float', 'byte-array'] as const;
export type KeyType = (typeof keyTypes)[number];

export function isKafkaSource(resource: Resource): resource is KafkaSource {
  return resource.kind === 'KafkaSource' && isOfGroup(resource.apiVersion, 'sources.knative.dev');
}

/** The label's value; string where it says nothing that is known. */
export function keyTypeOf(source: KafkaSource): KeyType {
  const label = source.metadata.labels?.[keyTypeLabel];
  return keyTypes.find((type) => type === label) ?? 'string';
}

/** Topics, each once. */
export function topicsOf(source: KafkaSource): readonly string[] {
  return [...new Set(source.spec.topics)];
}

/** `source` of the events that are made of a topic's records. */
export function kafkaEventSource(namespace: string, name: string, topic: string): string {
  return `/apis/v1/namespaces/${namespace}/kafkasources/${name}#${topic}`;
}
