/** Makes a plan for a Channel true: the channel it stands for, then its status. */
import { type Channel, genericChannelMarks } from '@millrace/api';
import { isStoreError } from '../../store/store-error.ts';
import { type ReconcileContext, writeStatus } from '../reconciler.ts';
import type { GenericChannelPlan } from './plan.ts';
import { statusOfGenericChannel } from './status.ts';

export async function applyGenericChannel(
  channel: Channel,
  plan: GenericChannelPlan,
  context: ReconcileContext,
): Promise<void> {
  const refused = await writeBacking(plan, context);
  const marks = refused === undefined ? plan.marks : [genericChannelMarks.backingFailed(refused)];
  await writeStatus(channel, statusOfGenericChannel(channel, { ...plan, marks }, context.nowMs), context);
}

/** Why the store refuses it for good. Throws for what should be tried again. */
async function writeBacking(
  { write }: GenericChannelPlan,
  { store, accept }: ReconcileContext,
): Promise<string | undefined> {
  if (write === undefined) return undefined;
  try {
    accept(await (write.kind === 'create' ? store.create(write.object) : store.update(write.object)));
    return undefined;
  } catch (error) {
    if (!isStoreError(error, 'invalid')) throw error;
    return `${write.object.kind} ${write.object.metadata.name}: ${error.message}`;
  }
}
