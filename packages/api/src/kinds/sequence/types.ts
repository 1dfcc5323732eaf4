/** The Sequence. Source: reference sections 1.6 and 2.4. */
import type { DeliverySpec, Destination } from '../../delivery/index.ts';
import type { Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { ChannelTemplate } from '../shared/channel-template.ts';
import type { ChannelStatusEntry, DrainingEntry, SubscriptionStatusEntry } from '../shared/flow.ts';

/** A destination whose answer goes on to the next step. */
export interface SequenceStep extends Destination {
  readonly delivery?: DeliverySpec;
}

export interface SequenceSpec {
  /** At least one. */
  readonly steps: readonly SequenceStep[];
  readonly channelTemplate: ChannelTemplate;
  /** Gets the answer of the last step; absent: it is dropped. */
  readonly reply?: Destination;
}

export interface SequenceStatus extends Status {
  readonly channelStatuses?: readonly ChannelStatusEntry[];
  readonly subscriptionStatuses?: readonly SubscriptionStatusEntry[];
  /** Ours: see the condition `RemovedDrained`. */
  readonly draining?: readonly DrainingEntry[];
}

export interface Sequence extends Resource {
  readonly kind: 'Sequence';
  readonly spec: SequenceSpec;
  readonly status?: SequenceStatus;
}

export function isSequence(resource: Resource): resource is Sequence {
  return resource.kind === 'Sequence' && isOfGroup(resource.apiVersion, 'flows.knative.dev');
}
