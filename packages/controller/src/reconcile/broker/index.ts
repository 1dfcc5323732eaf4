/**
 * The reconciler of Brokers: its channel where it is made of one, its log, then its status.
 *
 * A Broker holds its log on a server by a finalizer, which is on it before the log is made.
 */
import { apiVersionOf, type Broker, brokerKind, isBroker } from '@millrace/api';
import { ensureLog, finalizerOf, goesWithObject, removeLog, withFinalizer } from '../log-keeper.ts';
import type { ReconcileContext, Reconciler } from '../reconciler.ts';
import { applyBroker } from './apply.ts';
import { makeChannel } from './channel.ts';
import { type BrokerObservation, observeBroker } from './observe.ts';
import { planBroker, removalOfBroker } from './plan.ts';

const finalizer = finalizerOf(brokerKind);

/** Makes the log what the Broker wants, and says what came of it. */
async function withLog(observed: BrokerObservation, context: ReconcileContext): Promise<BrokerObservation> {
  const { broker, backing } = observed;
  if (backing.kind === 'error') return observed;
  const held: Broker = goesWithObject(backing.value) ? await withFinalizer(broker, finalizer, context) : broker;
  const outcome = await ensureLog(broker.metadata.uid ?? '', backing.value, context);
  return { ...observed, broker: held, outcome };
}

export const brokerReconciler: Reconciler = {
  apiVersion: apiVersionOf(brokerKind.group, brokerKind.storageVersion),
  kind: brokerKind.kind,
  async reconcile(object, context) {
    if (!isBroker(object)) return;
    const observed = observeBroker(object, context);
    if (observed === undefined) return; // Of a class that is somebody else's: nothing is written.
    const made = await withLog(await makeChannel(observed, context), context);
    await applyBroker(made.broker, observed.log, planBroker(made), context);
  },
  async finalize(object, context) {
    if (!isBroker(object)) return;
    await removeLog(object, finalizer, removalOfBroker(object, observeBroker(object, context)), context);
  },
};
