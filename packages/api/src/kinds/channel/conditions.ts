/** Conditions of a Channel: those of the channel it stands for, mirrored. Source: reference section 2.3. */
import type { Condition } from '../../resource.ts';
import {
  type ConditionMark,
  findCondition,
  livingConditionSet,
  markFalse,
  markTrue,
  markUnknown,
  readyCondition,
} from '../conditions.ts';
import {
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
} from '../shared/conditions.ts';

const backingChannelReadyCondition = 'BackingChannelReady';

export const channelConditionSet = livingConditionSet(
  backingChannelReadyCondition,
  addressableCondition,
  deadLetterSinkResolvedCondition,
  eventPoliciesReadyCondition,
);

/** Marks that only generic Channels have. */
export const genericChannelMarks = {
  backingFailed: (why: string): ConditionMark => markFalse(backingChannelReadyCondition, 'ChannelFailure', why),
  /** Copies what `Ready` of the backing channel says. */
  backing: (conditions: readonly Condition[] | undefined): ConditionMark => {
    const ready = findCondition(conditions, readyCondition);
    if (ready === undefined) {
      return markUnknown(
        backingChannelReadyCondition,
        'BackingChannelNotConfigured',
        'BackingChannel has not yet been reconciled.',
      );
    }
    if (ready.status === 'True') return markTrue(backingChannelReadyCondition);
    const mark = ready.status === 'False' ? markFalse : markUnknown;
    return mark(backingChannelReadyCondition, ready.reason ?? '', ready.message ?? '');
  },
  addressable: (): ConditionMark => markTrue(addressableCondition),
  notAddressable: (): ConditionMark => markFalse(addressableCondition, 'EmptyHostname', 'hostname is the empty string'),
  deadLetterSinkUnresolved: (backing: string): ConditionMark =>
    markFalse(
      deadLetterSinkResolvedCondition,
      `Backing Channel ${backing} didn't set status.deadLetterSinkURI`,
      'The dead letter sink of the backing channel is not resolved.',
    ),
};
