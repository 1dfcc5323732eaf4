/**
 * From a KafkaSource to routes: each of its topics is a log with one subscription, to the sink. Source: reference
 * section 6.9.
 *
 * One process serves all partitions that are assigned to it at once, so that `consumers` is no number of readers here: it
 * says how much may be under way, as many times as much as one consumer has, and with 0 the source rests.
 */
import type { DeliverySpec } from '../delivery/index.ts';
import { maxInFlightMax, startAnnotation } from '../kinds/annotations.ts';
import { isKafkaSource, type KafkaSource, topicsOf } from '../kinds/kafka-source/types.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { Resource } from '../resource.ts';
import type { RouteContext } from './build-context.ts';
import {
  deadLetterSinkOf,
  deliveryOf,
  maxInFlightDefault,
  retentionOf,
  routeDelivery,
  routeSettings,
  settingsOf,
  targetOf,
} from './build-subscription.ts';
import { backingOfKafkaSource } from './kafka-object-backing.ts';
import type { LogRoute, SubscriptionRoute } from './table.ts';

/** Delivery of a source that says nothing of it (reference section 4.4). */
export const kafkaSourceDelivery: DeliverySpec = {
  retry: 10,
  backoffPolicy: 'exponential',
  backoffDelay: 'PT0.3S',
  timeout: 'PT600S',
};

/** UID of the log, and of the subscription, that a topic of a source is. A UID has no dot: it can be told apart again. */
export function kafkaSourceRouteUid(sourceUid: string, topic: string): string {
  return `${sourceUid}.${topic}`;
}

function maxInFlightOf(consumers: number): number {
  return Math.min(maxInFlightMax, maxInFlightDefault * Math.max(1, consumers));
}

function sourceSubscription(source: KafkaSource, topic: string): SubscriptionRoute {
  const { namespace = '', name, uid = '', generation = 0, annotations = {} } = source.metadata;
  const { consumers = 1, consumerGroup, initialOffset = 'latest', ordering = 'ordered', ceOverrides } = source.spec;
  const { sinkUri, sinkCACerts, sinkAudience } = source.status ?? {};
  const settings = settingsOf(source, { maxInFlight: maxInFlightOf(consumers) });
  const delivery = deliveryOf(
    { spec: source.spec.delivery ?? kafkaSourceDelivery, deadLetterSink: deadLetterSinkOf(source.status) },
    { spec: undefined, deadLetterSink: undefined },
  );
  const isReadable = settings.readable && delivery.policy !== undefined;
  const subscriber = isReadable ? targetOf(sinkUri, sinkCACerts, sinkAudience) : undefined; // R3
  const extensions = ceOverrides?.extensions ?? {};
  return {
    uid: kafkaSourceRouteUid(uid, topic),
    kind: 'KafkaSource',
    ...(consumerGroup === undefined ? {} : { cursorName: consumerGroup }),
    namespace,
    name,
    revision: generation,
    filter: {},
    ...(subscriber === undefined ? {} : { subscriber }),
    ...(Object.keys(extensions).length === 0 ? {} : { extensions }),
    ...routeDelivery(delivery),
    ...routeSettings({
      ...settings,
      order: ordering,
      // A person who moves the source says where to; else it begins where its spec says.
      start: Object.hasOwn(annotations, startAnnotation) ? settings.start : { kind: initialOffset },
      paused: settings.paused || consumers === 0,
    }),
  };
}

/** None: no KafkaSource, or it cannot be said how to come in at its servers. */
export function kafkaSourceRoutes(resource: Resource, context: RouteContext): readonly LogRoute[] {
  if (!isKafkaSource(resource) || !isFields(resource.spec)) return [];
  const { namespace = '', name, uid = '' } = resource.metadata;
  return topicsOf(resource).flatMap((topic): LogRoute[] => {
    const backing = backingOfKafkaSource(resource, topic, context);
    if (backing.kind === 'error') return [];
    return [
      {
        uid: kafkaSourceRouteUid(uid, topic),
        kind: 'KafkaSource',
        namespace,
        name,
        path: '',
        hosts: [],
        backing: backing.value,
        retention: retentionOf(resource),
        subscriptions: [sourceSubscription(resource, topic)],
      },
    ];
  });
}
