/** What a CronJobSource's plan depends on. */
import { type CronJobSource, cronJobSinkOf } from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface CronJobSourceObservation {
  readonly source: CronJobSource;
  readonly sink: Resolution;
}

export function observeCronJobSource(source: CronJobSource, context: ReconcileContext): CronJobSourceObservation {
  const { namespace = 'default' } = source.metadata;
  const { baseUrl } = context.options;
  return { source, sink: resolveDestination(cronJobSinkOf(source.spec), { read: context.read, namespace, baseUrl }) };
}
