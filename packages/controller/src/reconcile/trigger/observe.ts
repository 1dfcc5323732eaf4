/** What a Trigger's plan depends on. */
import {
  apiVersionOf,
  type Broker,
  backingOfBroker,
  brokerKind,
  brokerOf,
  type Destination,
  dependencyAnnotation,
  groupIdStatus,
  isBroker,
  kafkaName,
  type Resource,
  type Trigger,
} from '@millrace/api';
import { isObject } from '../../store/json.ts';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface TriggerObservation {
  readonly trigger: Trigger;
  readonly brokerName: string;
  readonly broker: Broker | undefined;
  readonly subscriber: Resolution;
  /** Absent: the Trigger names none of its own. */
  readonly deadLetterSink?: Resolution;
  readonly dependency?: Dependency;
  /** Its consumer group, where its Broker's events are on Kafka. */
  readonly groupId?: string;
  /** False: the data plane keeps no cursor for it yet, and an event may pass by it. */
  readonly isServed?: boolean;
}

export type Dependency =
  | { readonly kind: 'malformed'; readonly reason: string }
  | { readonly kind: 'named'; readonly name: string; readonly object: Resource | undefined };

export function observeTrigger(trigger: Trigger, context: ReconcileContext): TriggerObservation {
  const { namespace = 'default', annotations = {}, uid = '' } = trigger.metadata;
  const named = brokerOf(trigger);
  const broker = context.read({
    apiVersion: apiVersionOf(brokerKind.group, brokerKind.storageVersion),
    kind: brokerKind.kind,
    namespace: named.namespace,
    name: named.name,
  });
  const resolve = (destination: Destination | undefined) =>
    resolveDestination(destination, { read: context.read, namespace, baseUrl: context.options.baseUrl });
  const sink = trigger.spec.delivery?.deadLetterSink;
  const dependency = annotations[dependencyAnnotation];
  const groupId = broker !== undefined && isBroker(broker) ? groupOf(trigger, broker, context) : undefined;
  return {
    trigger,
    brokerName: named.name,
    broker: broker !== undefined && isBroker(broker) ? broker : undefined,
    subscriber: resolve(trigger.spec.subscriber),
    isServed: broker !== undefined && context.isServed(uid),
    ...(groupId === undefined ? {} : { groupId }),
    ...(sink === undefined ? {} : { deadLetterSink: resolve(sink) }),
    ...(dependency === undefined ? {} : { dependency: readDependency(dependency, namespace, context) }),
  };
}

/** Frozen once it is published: the position is kept under it (reference section 11.1). */
function groupOf(trigger: Trigger, broker: Broker, { read, backing }: ReconcileContext): string | undefined {
  const found = backingOfBroker(broker, backing);
  if (found.kind !== 'ok' || found.value?.kind !== 'kafka') return undefined;
  const { namespace = '', name } = trigger.metadata;
  return trigger.status?.annotations?.[groupIdStatus] ?? kafkaName('trigger', { namespace, name }, read);
}

function readDependency(text: string, namespace: string, context: ReconcileContext): Dependency {
  let value: unknown;
  try {
    value = JSON.parse(text) as unknown;
  } catch (error) {
    return { kind: 'malformed', reason: error instanceof Error ? error.message : String(error) };
  }
  if (!isObject(value)) return { kind: 'malformed', reason: 'expected a JSON object' };
  const { apiVersion, kind, name } = value;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string' || typeof name !== 'string') {
    return { kind: 'malformed', reason: 'expected apiVersion, kind and name' };
  }
  const own = value['namespace'];
  const from = typeof own === 'string' && own !== '' ? own : namespace;
  return {
    kind: 'named',
    name: `${kind} ${from}/${name}`,
    object: context.read({ apiVersion, kind, name, namespace: from }),
  };
}
