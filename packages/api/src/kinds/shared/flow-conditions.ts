/** Conditions that Sequence and Parallel share. Texts: reference section 2.4. */
import { type ConditionMark, markFalse, markTrue, markUnknown } from '../conditions.ts';
import { addressableCondition } from './conditions.ts';

export const channelsReadyCondition = 'ChannelsReady';
export const subscriptionsReadyCondition = 'SubscriptionsReady';

const channelsNotReady = 'ChannelsNotReady';
const subscriptionsNotReady = 'SubscriptionsNotReady';

/** Ours, and no part of `Ready`: what is left of an earlier form of the object, and why it is still there. */
const removedDrainedCondition = 'RemovedDrained';
const templateAppliedCondition = 'ChannelTemplateApplied';

/** The marks of a flow; `notReady` is Unknown for a Sequence and False for a Parallel. */
export function flowMarks(notReady: 'False' | 'Unknown') {
  const mark = notReady === 'False' ? markFalse : markUnknown;
  return {
    channelsReady: (): ConditionMark => markTrue(channelsReadyCondition),
    channelsNotReady: (why = 'Channels are not ready yet, or there are none'): ConditionMark =>
      mark(channelsReadyCondition, channelsNotReady, why),
    subscriptionsReady: (): ConditionMark => markTrue(subscriptionsReadyCondition),
    subscriptionsNotReady: (why = 'Subscriptions are not ready yet, or there are none'): ConditionMark =>
      mark(subscriptionsReadyCondition, subscriptionsNotReady, why),
    addressable: (): ConditionMark => markTrue(addressableCondition),
    notAddressable: (): ConditionMark => mark(addressableCondition, 'emptyAddress', 'addressable is nil'),
    drained: (): ConditionMark => markTrue(removedDrainedCondition),
    draining: (why: string): ConditionMark => markFalse(removedDrainedCondition, 'Draining', why),
    templateApplied: (): ConditionMark => markTrue(templateAppliedCondition),
    templateNotApplied: (why: string): ConditionMark => markFalse(templateAppliedCondition, 'ChannelsKept', why),
    /** True when the object was told of before: it is only then told that it is over. */
    hasDrainMark: (conditions: readonly { readonly type: string }[] | undefined): boolean =>
      conditions?.some(({ type }) => type === removedDrainedCondition) ?? false,
    hasTemplateMark: (conditions: readonly { readonly type: string }[] | undefined): boolean =>
      conditions?.some(({ type }) => type === templateAppliedCondition) ?? false,
  };
}
