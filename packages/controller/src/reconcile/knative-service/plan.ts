/**
 * What a Knative Service's status should say. Pure.
 *
 * Its address is where its annotation says, or what whoever runs its process wrote into the status. An address that came
 * from an annotation goes with it: the status remembers which one that was.
 */
import { commandAnnotation, knativeServiceMarks, urlAnnotation } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import type { KnativeServiceObservation } from './observe.ts';

export function planKnativeService({ service, annotated, isStarted }: KnativeServiceObservation): StatusPlan {
  const { [urlAnnotation]: fromAnnotation, ...others } = service.status?.annotations ?? {};
  const stored = service.status?.address;
  const kept = stored !== undefined && stored.url !== fromAnnotation ? stored : undefined;
  const address = annotated === undefined ? kept : { name: 'http', url: annotated };
  const annotations = annotated === undefined ? others : { ...others, [urlAnnotation]: annotated };
  const fields = {
    url: address?.url,
    address,
    annotations: Object.keys(annotations).length === 0 ? undefined : annotations,
  };
  if (address !== undefined) return { marks: [knativeServiceMarks.running(), knativeServiceMarks.routed()], fields };
  const why = isStarted
    ? `started by ${commandAnnotation}, does not listen yet`
    : `annotate it with ${urlAnnotation} (where it listens) or ${commandAnnotation} (how to start it)`;
  return {
    marks: isStarted
      ? [knativeServiceMarks.starting(why), knativeServiceMarks.notRouted(why)]
      : [knativeServiceMarks.failed(why), knativeServiceMarks.notRouted(why)],
    fields,
  };
}
