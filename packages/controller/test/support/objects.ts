/** Objects and stores for tests. */
import type { ObjectMeta, Resource, Status } from '@millrace/api';
import { silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { LocalStore } from '../../src/store/local/local-store.ts';
import { memoryPersistence, type Persistence } from '../../src/store/local/persistence.ts';

export const eventing = 'eventing.knative.dev/v1';

export interface BrokerParts {
  readonly metadata?: Partial<ObjectMeta>;
  readonly spec?: unknown;
  readonly status?: Status;
}

export function broker(name = 'default', { metadata, ...rest }: BrokerParts = {}): Resource {
  return { apiVersion: eventing, kind: 'Broker', ...rest, metadata: { name, namespace: 'default', ...metadata } };
}

export function trigger(
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Partial<Resource['metadata']> = {},
): Resource {
  return {
    apiVersion: eventing,
    kind: 'Trigger',
    metadata: { name, namespace: 'default', ...metadata },
    spec: { broker: 'default', subscriber: { uri: 'http://localhost:3000/' }, ...spec },
  };
}

export function service(name: string, url?: string, apiVersion = 'v1'): Resource {
  return {
    apiVersion,
    kind: 'Service',
    metadata: {
      name,
      namespace: 'default',
      ...(url === undefined ? {} : { annotations: { 'millrace.dev/url': url } }),
    },
  };
}

export function configMap(name: string, data: Readonly<Record<string, string>>, namespace = 'default'): Resource {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data };
}

export function memoryStore(
  options: { clock?: VirtualClock; persistence?: Persistence; historyChanges?: number } = {},
): LocalStore {
  return new LocalStore({
    persistence: options.persistence ?? memoryPersistence(),
    clock: options.clock ?? new VirtualClock(),
    random: new SeededRandom(7),
    logger: silentLogger,
    ...(options.historyChanges === undefined ? {} : { historyChanges: options.historyChanges }),
  });
}

/** A Broker as a file has it. */
export const brokerText = (name: string) => `apiVersion: ${eventing}\nkind: Broker\nmetadata:\n  name: ${name}\n`;
