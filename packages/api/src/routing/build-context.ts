/**
 * What a route is built from besides its own object: the settings of the installation, and the other objects.
 *
 * X1. Nothing in here depends on the order in which the objects came (R2 of the table).
 */

import { splitApiVersion } from '../kinds/shared/api-version.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { ReadObject } from '../kinds/shared/secret-reading.ts';
import { isSubscription, type Subscription } from '../kinds/subscription/types.ts';
import { brokerOf, isTrigger, type Trigger } from '../kinds/trigger/types.ts';
import type { Resource, ResourceRef } from '../resource.ts';
import type { InstallationLog } from './backing.ts';
import { resolveChannel } from './channel-reference.ts';

/** What a table depends on besides the resources: settings of the installation. */
export interface RoutingOptions {
  /** Classes of Brokers that run here; others belong to somebody else. */
  readonly brokerClasses?: readonly string[];
  /** Host names under which Brokers are reached besides their own address. */
  readonly ingressHosts?: readonly string[];
  /** Where logs live whose objects do not say otherwise: `local` when absent. */
  readonly installationLog?: InstallationLog;
  /** Leaves out logs on servers that are to be made, while the status of their object does not say yet that they are. */
  readonly onlyMadeLogs?: boolean;
  /** Reads YAML text of ConfigMaps to plain values; it may throw. Absent: JSON alone is understood. */
  readonly parseYaml?: (text: string) => unknown;
}

/** What is needed to say where an object's log lives: the control plane asks with the same. */
export interface BackingContext {
  readonly installationLog: InstallationLog;
  /** Objects as they are stored, in the version they are stored in. */
  readonly read: ReadObject;
  readonly parseYaml: (text: string) => unknown;
}

/** What a route is built from. */
export interface RouteContext extends BackingContext {
  readonly options: RoutingOptions;
  /** Triggers of a Broker, in no order. */
  readonly triggersOf: (namespace: string, name: string) => readonly Trigger[];
  /** Subscriptions of a channel that holds events (what a generic Channel stands for is looked through), in no order. */
  readonly subscriptionsOf: (channel: Resource) => readonly Subscription[];
  /** UIDs of all Subscriptions, those that are on their way out included. */
  readonly subscriptionUids: ReadonlySet<string>;
}

/** Context for the backing of a log, from what an installation says. */
export function backingContext(
  options: Pick<RoutingOptions, 'installationLog' | 'parseYaml'>,
  read: ReadObject,
): BackingContext {
  return {
    installationLog: options.installationLog ?? { kind: 'local' },
    read,
    parseYaml: options.parseYaml ?? ((text) => JSON.parse(text) as unknown),
  };
}

/** Stored and not on its way out. */
export function isPresent(resource: Resource): boolean {
  const { uid = '', deletionTimestamp } = resource.metadata;
  return uid !== '' && deletionTimestamp === undefined;
}

function keyOf({ apiVersion, kind, namespace = '', name }: ResourceRef): string {
  return `${splitApiVersion(apiVersion).group}|${kind}|${namespace}|${name}`;
}

function keyOfResource({ apiVersion, kind, metadata }: Resource): string {
  const { namespace = '', name } = metadata;
  return keyOf({ apiVersion, kind, namespace, name });
}

class Groups<T> {
  readonly #members = new Map<string, T[]>();

  add(key: string, member: T): void {
    const others = this.#members.get(key);
    if (others === undefined) this.#members.set(key, [member]);
    else others.push(member);
  }

  get(key: string): readonly T[] {
    return this.#members.get(key) ?? [];
  }
}

export function routeContext(resources: readonly Resource[], options: RoutingOptions): RouteContext {
  const objects = new Map<string, Resource>();
  const triggers = new Groups<Trigger>();
  const subscriptions: Subscription[] = [];
  const subscriptionUids = new Set<string>();
  for (const resource of resources) {
    if (isTrigger(resource)) {
      if (!isPresent(resource) || !isFields(resource.spec)) continue;
      const { namespace, name } = brokerOf(resource);
      triggers.add(`${namespace}/${name}`, resource);
    } else if (isSubscription(resource)) {
      subscriptionUids.add(resource.metadata.uid ?? '');
      if (isPresent(resource) && isFields(resource.spec)) subscriptions.push(resource);
    }
    // Triggers are many, and nobody asks for one by name.
    else objects.set(keyOfResource(resource), resource);
  }
  const read: ReadObject = (ref) => objects.get(keyOf(ref));
  const byChannel = new Groups<Subscription>();
  for (const subscription of subscriptions) {
    const channel = resolveChannel(subscription, read);
    if (channel.kind === 'channel') byChannel.add(keyOf(channel.ref), subscription);
  }
  return {
    ...backingContext(options, read),
    options,
    triggersOf: (namespace, name) => triggers.get(`${namespace}/${name}`),
    subscriptionsOf: (channel) => byChannel.get(keyOfResource(channel)),
    subscriptionUids,
  };
}
