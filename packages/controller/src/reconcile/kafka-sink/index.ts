/** The reconciler of KafkaSinks. */
import { apiVersionOf, isKafkaSink, kafkaSinkKind, makesTopic } from '@millrace/api';
import { ensureLog, finalizerOf, removeLog, withFinalizer } from '../log-keeper.ts';
import type { Reconciler } from '../reconciler.ts';
import { applyKafkaSink } from './apply.ts';
import { observeKafkaSink } from './observe.ts';
import { planKafkaSink, removalOfKafkaSink } from './plan.ts';

const finalizer = finalizerOf(kafkaSinkKind);

export const kafkaSinkReconciler: Reconciler = {
  apiVersion: apiVersionOf(kafkaSinkKind.group, kafkaSinkKind.storageVersion),
  kind: kafkaSinkKind.kind,
  async reconcile(object, context) {
    if (!isKafkaSink(object)) return;
    const sink = makesTopic(object) ? await withFinalizer(object, finalizer, context) : object;
    const observed = observeKafkaSink(sink, context);
    const { backing } = observed;
    const log = backing.kind === 'ok' ? await ensureLog(sink.metadata.uid ?? '', backing.value, context) : undefined;
    await applyKafkaSink(sink, planKafkaSink({ ...observed, ...(log === undefined ? {} : { log }) }), context);
  },
  async finalize(object, context) {
    if (!isKafkaSink(object)) return;
    await removeLog(object, finalizer, removalOfKafkaSink(observeKafkaSink(object, context)), context);
  },
};
