/** The Broker. Source: reference section 1.2. */
import type { DeliverySpec, KReference } from '../../delivery/index.ts';
import type { Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';

export interface BrokerSpec {
  /** What the class is configured by; accepted as Knative's YAML has it. */
  readonly config?: KReference;
  readonly delivery?: DeliverySpec;
}

export interface BrokerStatus extends Status {
  readonly deadLetterSinkUri?: string;
  readonly deadLetterSinkCACerts?: string;
  readonly deadLetterSinkAudience?: string;
}

export interface Broker extends Resource {
  readonly kind: 'Broker';
  readonly spec?: BrokerSpec;
  readonly status?: BrokerStatus;
}

export function isBroker(resource: Resource): resource is Broker {
  return resource.kind === 'Broker' && isOfGroup(resource.apiVersion, 'eventing.knative.dev');
}
