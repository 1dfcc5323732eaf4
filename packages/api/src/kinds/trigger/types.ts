/** The Trigger. Source: reference section 1.3. */
import type { DeliverySpec, Destination } from '../../delivery/index.ts';
import type { FilterSpec } from '../../filter/index.ts';
import type { Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';

/** Names a Broker, in another namespace too. */
export interface BrokerReference {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface TriggerSpec {
  /** Name of the Broker in the Trigger's namespace. Exactly one of `broker` and `brokerRef` is there. */
  readonly broker?: string;
  readonly brokerRef?: BrokerReference;
  readonly filter?: { readonly attributes?: Readonly<Record<string, string>> };
  readonly filters?: readonly FilterSpec[];
  readonly subscriber: Destination;
  readonly delivery?: DeliverySpec;
}

export interface TriggerStatus extends Status {
  readonly subscriberUri?: string;
  readonly subscriberCACerts?: string;
  readonly subscriberAudience?: string;
  readonly deadLetterSinkUri?: string;
  readonly deadLetterSinkCACerts?: string;
  readonly deadLetterSinkAudience?: string;
}

export interface Trigger extends Resource {
  readonly kind: 'Trigger';
  readonly spec: TriggerSpec;
  readonly status?: TriggerStatus;
}

export function isTrigger(resource: Resource): resource is Trigger {
  return resource.kind === 'Trigger' && isOfGroup(resource.apiVersion, 'eventing.knative.dev');
}

/** Namespace and name of the Broker a Trigger wants. */
export function brokerOf(trigger: Trigger): { readonly namespace: string; readonly name: string } {
  const { broker, brokerRef } = trigger.spec;
  const own = trigger.metadata.namespace ?? '';
  if (brokerRef === undefined || brokerRef === null) return { namespace: own, name: broker ?? '' };
  return { namespace: brokerRef.namespace || own, name: brokerRef.name };
}
