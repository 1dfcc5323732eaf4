/** The reconciler of KafkaSources. Their topics are somebody else's: nothing on a server goes with a source. */
import { apiVersionOf, isKafkaSource, kafkaSourceKind, kafkaSourceRouteUid, type LogAdminOutcome } from '@millrace/api';
import { ensureLog } from '../log-keeper.ts';
import type { Reconciler } from '../reconciler.ts';
import { applyKafkaSource } from './apply.ts';
import { observeKafkaSource } from './observe.ts';
import { planKafkaSource } from './plan.ts';

export const kafkaSourceReconciler: Reconciler = {
  apiVersion: apiVersionOf(kafkaSourceKind.group, kafkaSourceKind.storageVersion),
  kind: kafkaSourceKind.kind,
  async reconcile(object, context) {
    if (!isKafkaSource(object)) return;
    const observed = observeKafkaSource(object, context);
    const logs: LogAdminOutcome[] = [];
    for (const backing of observed.backings) {
      if (backing.kind === 'error') continue;
      const uid = kafkaSourceRouteUid(object.metadata.uid ?? '', backing.value.topic);
      logs.push(await ensureLog(uid, backing.value, context));
    }
    await applyKafkaSource(object, planKafkaSource({ ...observed, logs }), context);
  },
};
