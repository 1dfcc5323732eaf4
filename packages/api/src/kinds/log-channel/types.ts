/** The LogChannel: a channel on the log that the installation runs on, whichever that is. A kind of our own (design section 7). */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import type { ChannelableSpec, ChannelableStatus } from '../shared/channelable.ts';

export interface LogChannel extends Resource {
  readonly kind: 'LogChannel';
  readonly spec?: ChannelableSpec;
  readonly status?: ChannelableStatus;
}

export const logChannelGroup = 'messaging.millrace.dev';

export function isLogChannel(resource: Resource): resource is LogChannel {
  return resource.kind === 'LogChannel' && isOfGroup(resource.apiVersion, logChannelGroup);
}
