/** The reconciler of a kind of channel that holds events: its log, then its status. */
import {
  apiVersionOf,
  brokerOfChannel,
  type ConcreteChannel,
  type ConditionSet,
  isConcreteChannel,
  isOfBroker,
  type KindDefinition,
  type LogAdminOutcome,
} from '@millrace/api';
import { ensureLog, finalizerOf, goesWithObject, removeLog, withFinalizer } from '../log-keeper.ts';
import { nextStatus, type ReconcileContext, type Reconciler, type StatusPlan, writeStatus } from '../reconciler.ts';
import { type ChannelObservation, observeChannel } from './observe.ts';
import { removalOfChannel } from './plan.ts';

/** The log of a Broker's own channel is the Broker's care. */
const brokersCare: LogAdminOutcome = { kind: 'ready', made: false, warnings: [] };

/** Makes the log what the channel wants, and says what came of it. A finalizer is on the channel before its log is made. */
async function withLog(
  observed: ChannelObservation,
  finalizer: string,
  context: ReconcileContext,
): Promise<ChannelObservation> {
  const { channel, backing, broker } = observed;
  if (broker !== undefined) return { ...observed, log: brokersCare };
  if (backing.kind === 'error') return observed;
  const held = goesWithObject(backing.value) ? await withFinalizer(channel, finalizer, context) : channel;
  return { ...observed, channel: held, log: await ensureLog(channel.metadata.uid ?? '', backing.value, context) };
}

export interface ChannelKindParts {
  readonly kind: KindDefinition;
  readonly conditionSet: ConditionSet;
  readonly plan: (observed: ChannelObservation) => StatusPlan;
}

export function channelReconciler({ kind, conditionSet, plan }: ChannelKindParts): Reconciler {
  const finalizer = finalizerOf(kind);
  const isOfKind = (object: Parameters<typeof isConcreteChannel>[0]): object is ConcreteChannel =>
    isConcreteChannel(object) && object.kind === kind.kind;
  return {
    apiVersion: apiVersionOf(kind.group, kind.storageVersion),
    kind: kind.kind,
    async reconcile(object, context) {
      if (!isOfKind(object)) return;
      // Its Broker is gone, and it is about to follow: no log is made for it any more.
      if (isOfBroker(object) && brokerOfChannel(object, context.read) === undefined) return;
      const observed = await withLog(observeChannel(object, context), finalizer, context);
      const status = nextStatus(observed.channel, conditionSet, plan(observed), context.nowMs);
      await writeStatus(observed.channel, status, context);
    },
    async finalize(object, context) {
      if (!isOfKind(object)) return;
      await removeLog(object, finalizer, removalOfChannel(observeChannel(object, context)), context);
    },
  };
}
