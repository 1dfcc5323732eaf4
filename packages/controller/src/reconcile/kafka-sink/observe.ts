/** What a KafkaSink's plan depends on. */
import {
  backingOfKafkaSink,
  type ConfigReading,
  type KafkaBacking,
  type KafkaSink,
  type LogAdminOutcome,
} from '@millrace/api';
import type { ReconcileContext } from '../reconciler.ts';

export interface KafkaSinkObservation {
  readonly sink: KafkaSink;
  readonly backing: ConfigReading<KafkaBacking>;
  /** What the server says of the topic; absent: it was not asked. */
  readonly log?: LogAdminOutcome;
  readonly baseUrl: string;
  /** False: ingress does not know it yet. */
  readonly isServed?: boolean;
}

export function observeKafkaSink(sink: KafkaSink, context: ReconcileContext): KafkaSinkObservation {
  return {
    sink,
    backing: backingOfKafkaSink(sink, context.backing),
    baseUrl: context.options.baseUrl,
    isServed: context.isServed(sink.metadata.uid ?? ''),
  };
}
