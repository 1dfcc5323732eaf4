/** Channels and Subscriptions as a store holds them, and the routes they lead to. */
import { expect } from 'vitest';
import { admit, defaultKindContext } from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import {
  buildRoutingTable,
  type InstallationLog,
  type LogRoute,
  type RoutingOptions,
} from '../../src/routing/index.ts';

const versions: Readonly<Record<string, string>> = {
  LogChannel: 'messaging.millrace.dev/v1alpha1',
  KafkaChannel: 'messaging.knative.dev/v1beta1',
  NatsJetStreamChannel: 'messaging.knative.dev/v1alpha1',
  Broker: 'eventing.knative.dev/v1',
};
/** The version a kind is stored in. */
export const apiVersionOf = (kind: string) => versions[kind] ?? 'messaging.knative.dev/v1';

export interface Parts {
  readonly namespace?: string;
  readonly metadata?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/** As a store holds it: with defaults, uid and generation. */
export function stored(kind: string, name: string, parts: Parts = {}): Resource {
  const { namespace = 'default', metadata, annotations, spec, status } = parts;
  const object = { apiVersion: apiVersionOf(kind), kind, metadata: { name, namespace, annotations }, spec };
  const result = admit(JSON.parse(JSON.stringify(object)), defaultKindContext);
  if (result.kind === 'error') throw new Error(JSON.stringify(result.errors));
  const { resource } = result;
  return {
    ...resource,
    metadata: { uid: `${kind}-${namespace}-${name}`, generation: 1, ...resource.metadata, ...metadata },
    ...(status && { status }),
  } as Resource;
}

export function subscription(name: string, channel: string, parts: Parts = {}, kind = 'LogChannel'): Resource {
  const spec = { channel: { apiVersion: apiVersionOf(kind), kind, name: channel }, subscriber: { uri: 'http://s/' } };
  return stored('Subscription', name, {
    ...parts,
    spec: { ...spec, ...parts.spec },
    status: { physicalSubscription: { subscriberUri: 'http://s/', ...parts.status } },
  });
}

export function routes(resources: readonly Resource[], options?: RoutingOptions): readonly LogRoute[] {
  return buildRoutingTable(resources, options).logs;
}

/** The only log, and the only subscription of it. */
export function only(resources: readonly Resource[], options?: RoutingOptions) {
  const [log, ...others] = routes(resources, options);
  expect(others).toEqual([]);
  const [first, ...more] = log?.subscriptions ?? [];
  expect(more).toEqual([]);
  return { log: log!, first: first! };
}

export const kafkaLog = { kind: 'kafka', cluster: { servers: ['k:9092'] } } as const satisfies InstallationLog;
export const natsLog = {
  kind: 'jetstream',
  cluster: { servers: ['nats://n:4222'] },
} as const satisfies InstallationLog;
