/** What an EventType's plan depends on. */
import { apiVersionOf, brokerKind, type EventType, findKind, type KReference, type Resource } from '@millrace/api';
import type { ReconcileContext } from '../reconciler.ts';

export interface EventTypeObservation {
  readonly eventType: EventType;
  /** Absent: it refers to nothing. */
  readonly reference?: {
    readonly ref: KReference;
    readonly object: Resource | undefined;
    /** Why it cannot be looked up. */
    readonly problem?: string;
  };
}

export function observeEventType(eventType: EventType, context: ReconcileContext): EventTypeObservation {
  const { reference, broker } = eventType.spec;
  const { namespace = 'default' } = eventType.metadata;
  const byName: KReference | undefined =
    broker === undefined || broker === ''
      ? undefined
      : { apiVersion: apiVersionOf(brokerKind.group, brokerKind.storageVersion), kind: brokerKind.kind, name: broker };
  const ref = reference ?? byName;
  if (ref === undefined) return { eventType };
  const found = findKind(ref.apiVersion, ref.kind);
  const problem = found.kind === 'error' ? found.errors[0]?.message : undefined;
  const object = context.read({ ...ref, namespace: ref.namespace ?? namespace });
  return { eventType, reference: { ref, object, ...(problem === undefined ? {} : { problem }) } };
}
