/** What an EventType's status should say. Pure. Source: reference section 2.5. */
import { eventTypeMarks } from '@millrace/api';
import type { StatusPlan } from '../reconciler.ts';
import type { EventTypeObservation } from './observe.ts';

export function planEventType({ reference }: EventTypeObservation): StatusPlan {
  if (reference === undefined) return { marks: [eventTypeMarks.referenceNotSet()], fields: {} };
  const { ref, object, problem } = reference;
  if (problem !== undefined) return { marks: [eventTypeMarks.referenceGetFailed(problem)], fields: {} };
  return {
    marks: [
      object === undefined
        ? eventTypeMarks.resourceDoesNotExist(`${ref.kind} "${ref.name}" not found`)
        : eventTypeMarks.referenceExists(),
    ],
    fields: {},
  };
}
