/** The Parallel. Source: reference sections 1.6 and 2.4. */
import type { DeliverySpec, Destination } from '../../delivery/index.ts';
import type { Condition, Resource, Status } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { ChannelTemplate } from '../shared/channel-template.ts';
import type { ChannelStatusEntry, ChildReference, DrainingEntry, SubscriptionStatusEntry } from '../shared/flow.ts';

export interface ParallelBranch {
  /** Its answer is what the branch gets: none means that the event is not wanted. Absent: every event as it is. */
  readonly filter?: Destination;
  readonly subscriber: Destination;
  /** Gets the subscriber's answer; absent: that of the Parallel does. */
  readonly reply?: Destination;
  /** Of the delivery to `subscriber` alone. */
  readonly delivery?: DeliverySpec;
}

export interface ParallelSpec {
  /** At least one. */
  readonly branches: readonly ParallelBranch[];
  readonly channelTemplate: ChannelTemplate;
  readonly reply?: Destination;
}

export interface BranchStatusEntry {
  readonly filterSubscriptionStatus: SubscriptionStatusEntry;
  readonly filterChannelStatus: ChannelStatusEntry;
  readonly subscriberSubscriptionStatus: SubscriptionStatusEntry;
}

export interface ParallelStatus extends Status {
  readonly ingressChannelStatus?: { readonly channel: ChildReference; readonly ready: Condition };
  readonly branchStatuses?: readonly BranchStatusEntry[];
  /** Ours: see the condition `RemovedDrained`. */
  readonly draining?: readonly DrainingEntry[];
}

export interface Parallel extends Resource {
  readonly kind: 'Parallel';
  readonly spec: ParallelSpec;
  readonly status?: ParallelStatus;
}

export function isParallel(resource: Resource): resource is Parallel {
  return resource.kind === 'Parallel' && isOfGroup(resource.apiVersion, 'flows.knative.dev');
}
