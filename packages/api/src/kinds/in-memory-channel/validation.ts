/**
 * Rules of the InMemoryChannel. Source: reference section 1.6. Who changes `spec.subscribers` is not looked at: there is one
 * user in local mode, and in a cluster it is for role bindings to say.
 */
import type { FieldError } from '../field-error.ts';
import { validateChannelable } from '../shared/channelable.ts';
import type { InMemoryChannel } from './types.ts';

export function validateInMemoryChannel(channel: InMemoryChannel): FieldError[] {
  return validateChannelable(channel);
}
