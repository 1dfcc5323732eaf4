/** Manifests of the scenarios: YAML, written as JSON where it is made of values. */
import type { TriggerFilter } from '@millrace/api';

export interface TriggerPlan {
  readonly name: string;
  readonly subscriber: string;
  readonly filter?: TriggerFilter;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly delivery?: Readonly<Record<string, unknown>>;
}

export interface BrokerPlan {
  readonly annotations?: Readonly<Record<string, string>>;
}

/** What kubectl would be given for a Broker. */
export function brokerManifest({ annotations = {} }: BrokerPlan = {}): string {
  return document({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    metadata: { name: 'default', annotations },
  });
}

export function triggerManifest({ name, subscriber, filter, annotations, delivery }: TriggerPlan): string {
  return document({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Trigger',
    metadata: { name, ...(annotations ? { annotations } : {}) },
    spec: {
      broker: 'default',
      ...(filter?.attributes ? { filter: { attributes: filter.attributes } } : {}),
      ...(filter?.filters ? { filters: filter.filters } : {}),
      subscriber: { uri: subscriber },
      ...(delivery ? { delivery } : {}),
    },
  });
}

/** A broker and a trigger for each of so many subscribers of one sink: `/t0`, `/t1`, … */
export function fanOutManifest(sinkUrl: string, targets: number): string {
  const triggers = Array.from({ length: targets }, (_, n) =>
    triggerManifest({ name: `target-${n}`, subscriber: `${sinkUrl}/t${n}` }),
  );
  return [brokerManifest(), ...triggers].join('');
}

/** JSON is YAML. */
function document(object: unknown): string {
  return `---\n${JSON.stringify(object)}\n`;
}
