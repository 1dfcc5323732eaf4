/** What a Broker's plan depends on. */
import { type Broker, brokerClassAnnotation, type KReference, type Resource } from '@millrace/api';
import { type Resolution, resolveDestination } from '../destination.ts';
import type { ReconcileContext } from '../reconciler.ts';

export interface BrokerObservation {
  readonly broker: Broker;
  readonly brokerClass: string;
  readonly config?: { readonly ref: KReference; readonly object: Resource | undefined };
  /** Absent: none is configured. */
  readonly deadLetterSink?: Resolution;
  readonly baseUrl: string;
  /** False: its log is not open yet, and ingress does not know it. */
  readonly isServed?: boolean;
}

export function observeBroker(broker: Broker, context: ReconcileContext): BrokerObservation {
  const { namespace = 'default', uid = '' } = broker.metadata;
  const { baseUrl } = context.options;
  const { config, delivery } = broker.spec ?? {};
  const sink = delivery?.deadLetterSink;
  return {
    broker,
    brokerClass: broker.metadata.annotations?.[brokerClassAnnotation] ?? '',
    baseUrl,
    isServed: context.isServed(uid),
    ...(config === undefined
      ? {}
      : {
          config: {
            ref: config,
            object: context.read({
              apiVersion: config.apiVersion,
              kind: config.kind,
              name: config.name,
              namespace: config.namespace ?? namespace,
            }),
          },
        }),
    ...(sink === undefined
      ? {}
      : { deadLetterSink: resolveDestination(sink, { read: context.read, namespace, baseUrl }) }),
  };
}
