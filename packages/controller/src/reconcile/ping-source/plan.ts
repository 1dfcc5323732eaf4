/** What a PingSource's status should say. Pure. Source: reference sections 2.5 and 6.1. */
import { deploymentMarks, identityMarks, pingSourceEventType } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import { markOfSink, sinkFields } from '../source-plan.ts';
import type { PingSourceObservation } from './observe.ts';

export function planPingSource({ source, sink }: PingSourceObservation): StatusPlan {
  const { namespace = 'default', name } = source.metadata;
  const origin = `/apis/v1/namespaces/${namespace}/pingsources/${name}`;
  return {
    marks: [markOfSink(sink), deploymentMarks.deployed(), identityMarks.oidcDisabled()],
    fields: sinkFields(sink, [{ type: pingSourceEventType, source: origin }]),
  };
}
