/** The reconciler of Subscriptions. */
import {
  apiVersionOf,
  channelsNamed,
  isSubscription,
  type ResourceRef,
  resolveChannel,
  type Subscription,
  subscriptionKind,
} from '@millrace/api';
import { refOf } from '../../store/keys.ts';
import { finalizerOf, withFinalizer, withoutFinalizer } from '../log-keeper.ts';
import type { ReconcileContext, Reconciler } from '../reconciler.ts';
import { applySubscription } from './apply.ts';
import { observeSubscription } from './observe.ts';
import { planSubscription } from './plan.ts';
import { changeSubscriber } from './subscriber-list.ts';

const finalizer = finalizerOf(subscriptionKind);

export const subscriptionReconciler: Reconciler = {
  apiVersion: apiVersionOf(subscriptionKind.group, subscriptionKind.storageVersion),
  kind: subscriptionKind.kind,
  async reconcile(object, context) {
    if (!isSubscription(object)) return;
    // On before there is an entry to take out again.
    const subscription = await withFinalizer(object, finalizer, context);
    const observed = observeSubscription(subscription, context);
    await applySubscription(subscription, observed, planSubscription(observed), context);
  },
  async finalize(object, context) {
    if (!isSubscription(object)) return;
    const { uid = '' } = object.metadata;
    for (const ref of channelsOf(object, context)) await changeSubscriber(ref, uid, undefined, context);
    await withoutFinalizer(object, finalizer, context);
  },
};

/**
 * The channels that may have it in their list. When its generic Channel is gone, what that stood for may still be there:
 * a channel that was there before it is not removed with it.
 */
function channelsOf(subscription: Subscription, { read }: ReconcileContext): readonly ResourceRef[] {
  const { kind, ref } = resolveChannel(subscription, read);
  if (kind === 'channel') return [ref];
  const { uid } = subscription.metadata;
  const named = channelsNamed(ref.namespace ?? '', ref.name, read);
  return named.filter(({ spec }) => spec?.subscribers?.some((entry) => entry.uid === uid)).map(refOf);
}
