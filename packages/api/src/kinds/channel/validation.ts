/** Rules of the Channel. Source: reference section 1.6. */
import { disallowedField, type FieldError, immutableFields, withPaths } from '../field-error.ts';
import { validateChannelTemplate } from '../shared/channel-template.ts';
import { validateChannelable } from '../shared/channelable.ts';
import { fieldsOf, shortDiff } from '../shared/objects.ts';
import type { Channel } from './types.ts';

export function validateChannel(channel: Channel): FieldError[] {
  const { spec } = channel;
  const { subscribers = [], ...others } = spec ?? {};
  const errors = [
    ...validateChannelTemplate(spec?.channelTemplate, ['spec', 'channelTemplate']),
    ...validateChannelable({ ...channel, spec: others }),
  ];
  if (subscribers.length > 0) {
    // The path as Knative's webhook has it: clients compare this text.
    errors.push(withPaths(disallowedField([['spec', 'subscribers']]), ['spec.subscribable.subscribers']));
  }
  return errors;
}

/** Nothing in `spec` changes, delivery included: the channel it stands for is made once. */
export function validateChannelUpdate(before: Channel, after: Channel): FieldError[] {
  const diff = shortDiff(withoutSubscribers(before.spec), withoutSubscribers(after.spec), 'spec');
  return diff === '' ? [] : [immutableFields([['spec']], diff)];
}

function withoutSubscribers(spec: unknown): unknown {
  const { subscribers: _, ...rest } = fieldsOf(spec);
  return rest;
}
