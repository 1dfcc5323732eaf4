/** The InMemoryChannel: a channel that forgets. Source: reference sections 1.6 and 5.2. */
import type { Resource } from '../../resource.ts';
import { isOfGroup } from '../shared/api-version.ts';
import { asyncHandlerAnnotation, type ChannelableSpec, type ChannelableStatus } from '../shared/channelable.ts';

export interface InMemoryChannel extends Resource {
  readonly kind: 'InMemoryChannel';
  readonly spec?: ChannelableSpec;
  readonly status?: ChannelableStatus;
}

export function isInMemoryChannel(resource: Resource): resource is InMemoryChannel {
  return resource.kind === 'InMemoryChannel' && isOfGroup(resource.apiVersion, 'messaging.knative.dev');
}

/** Whether a sender is answered before its event was delivered. */
export function isAsynchronous({ metadata }: InMemoryChannel): boolean {
  return metadata.annotations?.[asyncHandlerAnnotation] === 'true';
}
