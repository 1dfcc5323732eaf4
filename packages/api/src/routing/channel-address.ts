/**
 * Where channels are reached, and which of several has an address.
 *
 * Addresses do not say the kind, so channels of different kinds can claim one. In a cluster the first to make its Service
 * has it, and so here: the oldest channel is served there, and the others are told (`channelAtAddress`).
 */

import { brokerEverythingLabel } from '../kinds/broker/classes.ts';
import type { Broker } from '../kinds/broker/types.ts';
import { isBroker } from '../kinds/broker/types.ts';
import { isOfGroup } from '../kinds/shared/api-version.ts';
import type { ReadObject } from '../kinds/shared/secret-reading.ts';
import type { OwnerReference, Resource } from '../resource.ts';
import { type ConcreteChannel, isConcreteChannel } from './channel-backing.ts';

/** Versions that channels are stored in. */
const channelKinds = [
  { apiVersion: 'messaging.millrace.dev/v1alpha1', kind: 'LogChannel' },
  { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' },
  { apiVersion: 'messaging.knative.dev/v1beta1', kind: 'KafkaChannel' },
  { apiVersion: 'messaging.knative.dev/v1alpha1', kind: 'NatsJetStreamChannel' },
] as const;

const clusterDomain = 'svc.cluster.local';

/** Where Knative's dispatchers of a kind are reached, with path `/<namespace>/<name>`. */
const dispatchers: Readonly<Record<string, readonly string[]>> = {
  InMemoryChannel: [`imc-dispatcher.knative-eventing.${clusterDomain}`],
  KafkaChannel: [`kafka-channel-ingress.knative-eventing.${clusterDomain}`],
};

/** Ends of the names of the Services that stand for channels in a cluster. */
export const channelServiceSuffixes = ['-kn-channel', '-kn-jsm-channel'] as const;

/** Host names of all dispatchers. */
export const channelDispatcherHosts: readonly string[] = Object.values(dispatchers).flat();

/** Where a channel is reached on the data port. */
export function channelPath(namespace: string, name: string): string {
  return `/channels/${namespace}/${name}`;
}

/** Host names that mean one channel alone, with path `/`. */
export function channelRootHosts({ kind, metadata }: Resource): readonly string[] {
  const suffixes = kind === 'NatsJetStreamChannel' ? channelServiceSuffixes : channelServiceSuffixes.slice(0, 1);
  return suffixes.map((suffix) => `${metadata.name}${suffix}.${metadata.namespace ?? ''}.${clusterDomain}`);
}

/** Host names under which channels of a kind are reached with path `/<namespace>/<name>`. */
export function channelHosts(kind: string): readonly string[] {
  return dispatchers[kind] ?? [];
}

/** All channels of a name that hold events, whatever their kind. */
export function channelsNamed(namespace: string, name: string, read: ReadObject): readonly ConcreteChannel[] {
  return channelKinds.flatMap((kind) => {
    const found = read({ ...kind, namespace, name });
    return found !== undefined && isConcreteChannel(found) ? [found] : [];
  });
}

/** The channel that has the address of a name: the oldest that is not on its way out. */
export function channelAtAddress(namespace: string, name: string, read: ReadObject): ConcreteChannel | undefined {
  const age = ({ metadata }: Resource): string => `${metadata.creationTimestamp ?? ''} ${metadata.uid ?? ''}`;
  const present = channelsNamed(namespace, name, read).filter(
    ({ metadata }) => metadata.deletionTimestamp === undefined && (metadata.uid ?? '') !== '',
  );
  return present.toSorted((a, b) => (age(a) < age(b) ? -1 : 1))[0];
}

function brokerReference({ metadata }: Resource): OwnerReference | undefined {
  if (metadata.labels?.[brokerEverythingLabel] !== 'true') return undefined;
  return (metadata.ownerReferences ?? []).find(
    ({ kind, apiVersion }) => kind === 'Broker' && isOfGroup(apiVersion, 'eventing.knative.dev'),
  );
}

/** Whether a channel is a Broker's own: it has no log of its own, not even while its Broker is no longer there and it is. */
export function isOfBroker(channel: Resource): boolean {
  return brokerReference(channel) !== undefined;
}

/** The Broker whose own a channel is; undefined for any other channel, and when the Broker is gone. */
export function brokerOfChannel(channel: Resource, read: ReadObject): Broker | undefined {
  const owner = brokerReference(channel);
  if (owner === undefined) return undefined;
  const namespace = channel.metadata.namespace ?? '';
  const broker = read({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', namespace, name: owner.name });
  return broker !== undefined && isBroker(broker) && broker.metadata.uid === owner.uid ? broker : undefined;
}
