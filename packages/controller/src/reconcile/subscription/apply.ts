/** Makes a plan for a Subscription true: its entry in the channel's list, then its status. */
import { type Subscription, subscriptionMarks } from '@millrace/api';
import { jsonEqual } from '../../store/json.ts';
import { refOf } from '../../store/keys.ts';
import { isStoreError } from '../../store/store-error.ts';
import { type ReconcileContext, writeStatus } from '../reconciler.ts';
import type { SubscriptionObservation } from './observe.ts';
import type { SubscriptionPlan } from './plan.ts';
import { statusOfSubscription } from './status.ts';
import { changeSubscriber } from './subscriber-list.ts';

export async function applySubscription(
  subscription: Subscription,
  { channel }: SubscriptionObservation,
  plan: SubscriptionPlan,
  context: ReconcileContext,
): Promise<void> {
  const { uid = '' } = subscription.metadata;
  const refused = await writeEntry(uid, channel, plan, context);
  const marks = refused === undefined ? plan.marks : [...plan.marks, subscriptionMarks.notAdded(refused)];
  await writeStatus(subscription, statusOfSubscription(subscription, { ...plan, marks }, context.nowMs), context);
}

/** Why the channel refuses it for good. Throws for what should be tried again. */
async function writeEntry(
  uid: string,
  channel: SubscriptionObservation['channel'],
  { entry }: SubscriptionPlan,
  context: ReconcileContext,
): Promise<string | undefined> {
  if (entry === undefined || channel === undefined) return undefined;
  if (
    jsonEqual(
      channel.spec?.subscribers?.find((each) => each.uid === uid),
      entry,
    )
  )
    return undefined;
  try {
    await changeSubscriber(refOf(channel), uid, entry, context);
    return undefined;
  } catch (error) {
    if (!isStoreError(error, 'invalid')) throw error;
    return `${channel.kind} ${channel.metadata.name}: ${error.message}`;
  }
}
