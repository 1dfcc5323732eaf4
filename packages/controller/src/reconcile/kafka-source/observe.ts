/** What a KafkaSource's plan depends on. */
import {
  backingOfKafkaSource,
  type ConfigReading,
  type Destination,
  type KafkaBacking,
  type KafkaSource,
  kafkaSourceRouteUid,
  type LogAdminOutcome,
  topicsOf,
} from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface KafkaSourceObservation {
  readonly source: KafkaSource;
  readonly sink: Resolution;
  /** Absent: none is configured. */
  readonly deadLetterSink?: Resolution;
  /** One for each topic. */
  readonly backings: readonly ConfigReading<KafkaBacking>[];
  /** What the servers say of the topics; absent: they were not asked. */
  readonly logs?: readonly LogAdminOutcome[];
  /** False: a topic is not read yet. */
  readonly isServed?: boolean;
}

export function observeKafkaSource(source: KafkaSource, context: ReconcileContext): KafkaSourceObservation {
  const { namespace = 'default', uid = '' } = source.metadata;
  const resolve = (destination: Destination) =>
    resolveDestination(destination, { read: context.read, namespace, baseUrl: context.options.baseUrl });
  const topics = topicsOf(source);
  const deadLetterSink = source.spec.delivery?.deadLetterSink;
  // Each is asked for, so that the source is looked at again whichever of them comes last.
  const served = topics.map((topic) => context.isServed(kafkaSourceRouteUid(uid, topic)));
  return {
    source,
    sink: resolve(source.spec.sink),
    ...(deadLetterSink === undefined ? {} : { deadLetterSink: resolve(deadLetterSink) }),
    backings: topics.map((topic) => backingOfKafkaSource(source, topic, context.backing)),
    isServed: served.every((each) => each),
  };
}
