/** The generic Channel: it stands for a channel of another kind, which it makes. Source: reference sections 1.6 and 2.3. */

import type { KReference } from '../../delivery/destination.ts';
import type { DeliverySpec } from '../../delivery/index.ts';
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { ChannelTemplate } from '../shared/channel-template.ts';
import type { ChannelableStatus, ChannelSubscriber } from '../shared/channelable.ts';

export interface ChannelSpec {
  /** There after defaults. */
  readonly channelTemplate?: ChannelTemplate;
  readonly delivery?: DeliverySpec;
  /** Refused: Subscriptions go to what the Channel stands for. */
  readonly subscribers?: readonly ChannelSubscriber[];
}

export interface ChannelStatus extends ChannelableStatus {
  /** What it stands for: same name, same namespace. */
  readonly channel?: KReference;
}

export interface Channel extends Resource {
  readonly kind: 'Channel';
  readonly spec?: ChannelSpec;
  readonly status?: ChannelStatus;
}

export function isChannel(resource: Resource): resource is Channel {
  return resource.kind === 'Channel' && isOfGroup(resource.apiVersion, 'messaging.knative.dev');
}
