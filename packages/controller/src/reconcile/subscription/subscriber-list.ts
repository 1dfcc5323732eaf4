/**
 * The list of subscribers in a channel's spec, which many Subscriptions write to.
 *
 * B1. Changes of one channel's list that come together are one write: a thousand Subscriptions on a channel would otherwise
 *     rewrite its list a thousand times, and mostly in vain.
 * B2. A change resolves when it is stored; when its write fails, all changes in it fail, and are tried again by who made them.
 */
import { type ChannelSubscriber, isConcreteChannel, type Resource, type ResourceRef } from '@millrace/api';
import { jsonEqual } from '../../store/json.ts';
import { type ObjectKey, objectKey } from '../../store/keys.ts';
import type { ResourceStore } from '../../store/store.ts';
import { isStoreError } from '../../store/store-error.ts';

/** Writes of one list that are lost to another writer in a row before the change fails: then it waits as any reconcile. */
const attemptsMax = 5;

/** Changes of one list that are not stored yet, by UID; undefined: it is taken out. At most one for each worker. */
interface Line {
  readonly changes: Map<string, ChannelSubscriber | undefined>;
  readonly stored: Promise<void>;
}

export interface ListWriter {
  readonly store: ResourceStore;
  /** Takes in an object the store gave back for a write. */
  readonly accept: (object: Resource) => void;
}

class SubscriberLists {
  /** Changes that wait for the write under way. */
  readonly #waiting = new Map<ObjectKey, Line>();
  readonly #underWay = new Map<ObjectKey, Promise<void>>();

  change(ref: ResourceRef, uid: string, entry: ChannelSubscriber | undefined, writer: ListWriter): Promise<void> {
    const key = objectKey(ref);
    const line = this.#waiting.get(key) ?? this.#newLine(key, ref, writer);
    line.changes.set(uid, entry);
    return line.stored;
  }

  #newLine(key: ObjectKey, ref: ResourceRef, writer: ListWriter): Line {
    const changes: Line['changes'] = new Map();
    const before = this.#underWay.get(key) ?? Promise.resolve();
    const stored = before.then(
      () => this.#write(key, ref, changes, writer),
      () => this.#write(key, ref, changes, writer),
    );
    const line = { changes, stored };
    this.#waiting.set(key, line);
    this.#underWay.set(key, stored);
    const ended = () => {
      if (this.#underWay.get(key) === stored) this.#underWay.delete(key);
    };
    stored.then(ended, ended);
    return line;
  }

  /** B1: what came while the write before was under way. */
  async #write(key: ObjectKey, ref: ResourceRef, changes: Line['changes'], writer: ListWriter): Promise<void> {
    this.#waiting.delete(key);
    for (let attempt = 1; ; attempt += 1) {
      const channel = await writer.store.get(ref);
      if (channel === undefined || !isConcreteChannel(channel)) return;
      const subscribers = withChanges(channel.spec?.subscribers ?? [], changes);
      if (jsonEqual(subscribers, channel.spec?.subscribers ?? [])) return;
      const { subscribers: _, ...others } = channel.spec ?? {};
      const spec = subscribers.length === 0 ? others : { ...others, subscribers };
      try {
        writer.accept(await writer.store.update({ ...channel, spec }));
        return;
      } catch (error) {
        if (isStoreError(error, 'not-found')) return;
        if (!isStoreError(error, 'conflict') || attempt === attemptsMax) throw error;
      }
    }
  }
}

/** The list with changes: who is in it keeps its place, and new ones follow by UID. */
function withChanges(before: readonly ChannelSubscriber[], changes: Line['changes']): readonly ChannelSubscriber[] {
  const known = new Set(before.map(({ uid }) => uid));
  const kept = before.flatMap((entry) => {
    if (!changes.has(entry.uid)) return [entry];
    const changed = changes.get(entry.uid);
    return changed === undefined ? [] : [changed];
  });
  const added = [...changes].flatMap(([uid, entry]) => (entry === undefined || known.has(uid) ? [] : [entry]));
  return [...kept, ...added.sort((a, b) => (a.uid < b.uid ? -1 : 1))];
}

const listsOf = new WeakMap<ResourceStore, SubscriberLists>();

/** Puts an entry into a channel's list, or takes it out. A channel that is gone needs no change. */
export function changeSubscriber(
  ref: ResourceRef,
  uid: string,
  entry: ChannelSubscriber | undefined,
  writer: ListWriter,
): Promise<void> {
  const known = listsOf.get(writer.store);
  const lists = known ?? new SubscriberLists();
  if (known === undefined) listsOf.set(writer.store, lists);
  return lists.change(ref, uid, entry, writer);
}
