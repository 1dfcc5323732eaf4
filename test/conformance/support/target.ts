/** What a run of the clauses is against: how the process is started, and which kinds channels and Brokers are of. */

import type { Api, Json } from './api.ts';

/** A kind of channel that clauses about channels and flows are tested with. */
export interface ChannelKind {
  readonly apiVersion: string;
  readonly kind: string;
  /** Of every channel of this kind. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface Target {
  /** Further arguments of the process. Asked when it is started: a server may have to be started first. */
  readonly args: () => readonly string[];
  readonly channels: readonly ChannelKind[];
  /** Class of Brokers that clauses make, and their configuration; absent: what the installation has as default. */
  readonly brokerClass?: string;
  readonly brokerConfig?: Json;
  /** Makes what Brokers and channels of this run need before the first clause. */
  readonly prepare?: (api: Api) => Promise<void>;
}

export const logChannel: ChannelKind = { apiVersion: 'messaging.millrace.dev/v1alpha1', kind: 'LogChannel' };
export const inMemoryChannel: ChannelKind = { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' };
export const kafkaChannel: ChannelKind = { apiVersion: 'messaging.knative.dev/v1beta1', kind: 'KafkaChannel' };
export const natsJetStreamChannel: ChannelKind = {
  apiVersion: 'messaging.knative.dev/v1alpha1',
  kind: 'NatsJetStreamChannel',
};

let chosen: Target = { args: () => [], channels: [logChannel, inMemoryChannel] };

export function target(): Target {
  return chosen;
}

/** To be called before any file with clauses is loaded. */
export function useTarget(other: Target): void {
  chosen = other;
}
