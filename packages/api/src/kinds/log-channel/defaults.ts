/** Defaults of the LogChannel: those of every channel. */
import type { Resource } from '../../resource.ts';
import { defaultChannelable } from '../shared/channelable.ts';

export function defaultLogChannel(resource: Resource): Resource {
  return defaultChannelable(resource);
}
