/** What a Knative Service's plan depends on: nothing but itself. Its process, if it has one, is run by somebody else. */
import { commandAnnotation, type KnativeService, urlAnnotation } from '@millrace/api';
import type { ReconcileContext } from '../reconciler.ts';

export interface KnativeServiceObservation {
  readonly service: KnativeService;
  /** Where the annotation says it listens. */
  readonly annotated?: string;
  /** True when it is started here, by a command. */
  readonly isStarted: boolean;
}

export function observeKnativeService(service: KnativeService, _context: ReconcileContext): KnativeServiceObservation {
  const annotations = service.metadata.annotations ?? {};
  const annotated = annotations[urlAnnotation];
  return {
    service,
    isStarted: annotations[commandAnnotation] !== undefined,
    ...(annotated === undefined ? {} : { annotated }),
  };
}
