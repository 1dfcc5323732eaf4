/** What a PingSource's plan depends on. */
import type { PingSource } from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface PingSourceObservation {
  readonly source: PingSource;
  readonly sink: Resolution;
}

export function observePingSource(source: PingSource, context: ReconcileContext): PingSourceObservation {
  const { namespace = 'default' } = source.metadata;
  const { baseUrl } = context.options;
  return { source, sink: resolveDestination(source.spec.sink, { read: context.read, namespace, baseUrl }) };
}
