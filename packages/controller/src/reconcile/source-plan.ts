/** What the plans of all sources share: the sink and what they publish of it. Pure. Source: reference section 2.5. */
import { type CloudEventAttributes, type ConditionMark, sinkMarks } from '@millrace/api';
import type { Resolution } from './destination.ts';

export function markOfSink(sink: Resolution): ConditionMark {
  return sink.kind === 'resolved' ? sinkMarks.provided() : sinkMarks.notFound(sink.reason);
}

/** `sinkUri` and what goes with it; all cleared while the sink is not resolved. */
export function sinkFields(
  sink: Resolution,
  ceAttributes: readonly CloudEventAttributes[],
): Readonly<Record<string, unknown>> {
  const destination = sink.kind === 'resolved' ? sink.destination : undefined;
  return {
    sinkUri: destination?.url,
    sinkCACerts: destination?.caCerts,
    sinkAudience: destination?.audience,
    ceAttributes,
  };
}
