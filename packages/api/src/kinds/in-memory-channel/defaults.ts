/** Defaults of the InMemoryChannel: those of every channel. Source: reference section 1.6. */
import type { Resource } from '../../resource.ts';
import { defaultChannelable } from '../shared/channelable.ts';

export function defaultInMemoryChannel(resource: Resource): Resource {
  return defaultChannelable(resource);
}
