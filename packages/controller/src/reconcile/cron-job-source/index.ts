/** The reconciler of CronJobSources. */
import { apiVersionOf, cronJobSourceKind, isCronJobSource } from '@millrace/api';
import type { Reconciler } from '../reconciler.ts';
import { applyCronJobSource } from './apply.ts';
import { observeCronJobSource } from './observe.ts';
import { planCronJobSource } from './plan.ts';

export const cronJobSourceReconciler: Reconciler = {
  apiVersion: apiVersionOf(cronJobSourceKind.group, cronJobSourceKind.storageVersion),
  kind: cronJobSourceKind.kind,
  async reconcile(object, context) {
    if (!isCronJobSource(object)) return;
    await applyCronJobSource(object, planCronJobSource(observeCronJobSource(object, context)), context);
  },
};
