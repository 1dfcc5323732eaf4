/** Makes the children of a flow as planned. What the store refuses for good becomes a condition, not a retry. */
import type { ConditionMark } from '@millrace/api';
import { refOf } from '../../store/keys.ts';
import { isStoreError } from '../../store/store-error.ts';
import type { ReconcileContext } from '../reconciler.ts';
import type { ChildWrite, FlowMarks } from './plan.ts';

/** Gives the marks that follow from what was refused. Throws for what should be tried again. */
export async function writeChildren(
  writes: readonly ChildWrite[],
  marks: FlowMarks,
  context: ReconcileContext,
): Promise<readonly ConditionMark[]> {
  const refused = new Map<string, string>();
  for (const write of writes) {
    try {
      await writeOne(write, context);
    } catch (error) {
      if (write.kind === 'remove' || !isStoreError(error, 'invalid')) throw error;
      const { kind, metadata } = write.object;
      refused.set(write.part, `${kind} ${metadata.name}: ${error.message}`);
    }
  }
  const markOf = { channels: marks.channelsNotReady, subscriptions: marks.subscriptionsNotReady };
  return [...refused].map(([part, why]) =>
    part === 'template' ? marks.templateNotApplied(why) : markOf[part as keyof typeof markOf](why),
  );
}

async function writeOne(write: ChildWrite, { store, accept }: ReconcileContext): Promise<void> {
  if (write.kind === 'create') return accept(await store.create(write.object));
  if (write.kind === 'update') return accept(await store.update(write.object));
  const { uid } = write.object.metadata;
  try {
    await store.delete(refOf(write.object), uid === undefined ? {} : { preconditions: { uid } });
  } catch (error) {
    if (!isStoreError(error, 'not-found')) throw error;
  }
}
