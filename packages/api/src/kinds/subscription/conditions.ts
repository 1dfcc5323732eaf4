/** Conditions of a Subscription. Source: reference section 2.3. */
import { type ConditionMark, livingConditionSet, markFalse, markTrue, markUnknown } from '../conditions.ts';
import type { ChannelSubscriberStatus } from '../shared/channelable.ts';
import { oidcIdentityCreatedCondition } from '../shared/conditions.ts';

const referencesResolvedCondition = 'ReferencesResolved';
const addedToChannelCondition = 'AddedToChannel';
const channelReadyCondition = 'ChannelReady';

export const subscriptionConditionSet = livingConditionSet(
  referencesResolvedCondition,
  channelReadyCondition,
  addedToChannelCondition,
  oidcIdentityCreatedCondition,
);

/** Marks that only Subscriptions have. */
export const subscriptionMarks = {
  referencesResolved: (): ConditionMark => markTrue(referencesResolvedCondition),
  subscriberUnresolved: (why: string): ConditionMark =>
    markFalse(referencesResolvedCondition, 'SubscriberResolveFailed', why),
  replyUnresolved: (why: string): ConditionMark => markFalse(referencesResolvedCondition, 'ReplyResolveFailed', why),
  deadLetterSinkUnresolved: (why: string): ConditionMark =>
    markFalse(referencesResolvedCondition, 'DeadLetterSinkResolveFailed', why),
  channelUnresolved: (why: string): ConditionMark =>
    markUnknown(referencesResolvedCondition, 'ChannelReferenceFailed', why),
  resolving: (why: string): ConditionMark => markUnknown(referencesResolvedCondition, 'Resolving', why),
  channelReady: (): ConditionMark => markTrue(channelReadyCondition),
  channelNotReady: (status: 'False' | 'Unknown', reason: string, why: string): ConditionMark =>
    (status === 'False' ? markFalse : markUnknown)(channelReadyCondition, reason, why),
  added: (): ConditionMark => markTrue(addedToChannelCondition),
  notAdded: (why: string): ConditionMark => markFalse(addedToChannelCondition, 'PhysicalChannelSyncFailed', why),
  notMarkedReady: (entry: ChannelSubscriberStatus | undefined): ConditionMark => {
    const [status, mark] =
      entry?.ready === 'False' ? (['False', markFalse] as const) : (['Unknown', markUnknown] as const);
    const why = entry?.message === undefined || entry.message === '' ? '' : `: ${entry.message}`;
    return mark(
      addedToChannelCondition,
      'SubscriptionNotMarkedReadyByChannel',
      `Subscription marked by Channel as ${status}${why}`,
    );
  },
};
