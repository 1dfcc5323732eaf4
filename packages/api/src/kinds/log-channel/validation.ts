/** Rules of the LogChannel: those of every channel. */
import type { FieldError } from '../field-error.ts';
import { validateChannelable } from '../shared/channelable.ts';
import type { LogChannel } from './types.ts';

export function validateLogChannel(channel: LogChannel): FieldError[] {
  return validateChannelable(channel);
}
