/** The clauses of the store contract on watches: S8, resume, too old, selectors, bookmarks. */
import { expect } from 'vitest';
import { parseLabelSelector } from '../../src/store/selector.ts';
import type { Watch, WatchEvent } from '../../src/store/store.ts';
import { broker, configMap } from '../support/objects.ts';
import { brokers, type Clause, ref, refused } from './clause.ts';

/** The next `count` events of a watch; an event that does not come fails the test by its limit. */
async function take(watch: Watch, count: number): Promise<WatchEvent[]> {
  const events: WatchEvent[] = [];
  const iterator = watch[Symbol.asyncIterator]();
  while (events.length < count) {
    const next = await Promise.race([
      iterator.next(),
      new Promise<never>((_, reject) =>
        setTimeout(() => reject(new Error(`only ${events.length} of ${count} events`)), 3_000).unref(),
      ),
    ]);
    if (next.done === true) throw new Error(`the watch ended after ${events.length} of ${count} events`);
    events.push(next.value);
  }
  return events;
}

const told = (events: readonly WatchEvent[]) =>
  events.map((event) => (event.kind === 'BOOKMARK' ? 'BOOKMARK' : `${event.kind} ${event.object.metadata.name}`));

export const watchClauses: Readonly<Record<string, Clause>> = {
  'a watch from a list misses nothing and repeats nothing': async (store) => {
    await store.create(broker('before'));
    const { resourceVersion } = await store.list(brokers);
    const made = await store.create(broker('after'));
    const watch = store.watch(brokers, { resourceVersion });
    await store.update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
    await store.delete(ref('before'));
    expect(told(await take(watch, 3))).toEqual(['ADDED after', 'MODIFIED after', 'DELETED before']);
    watch.stop();
  },
  'a watch resumes from the version of its last event': async (store) => {
    const { resourceVersion } = await store.list(brokers);
    const first = await store.create(broker('one'));
    await store.create(broker('two'));
    const watch = store.watch(brokers, { resourceVersion: first.metadata.resourceVersion ?? resourceVersion });
    expect(told(await take(watch, 1))).toEqual(['ADDED two']);
    watch.stop();
  },
  'a watch without a version begins with what is there': async (store) => {
    await store.create(broker('one'));
    const watch = store.watch(brokers);
    const events = take(watch, 2);
    await store.create(broker('two'));
    expect(told(await events)).toEqual(['ADDED one', 'ADDED two']);
    watch.stop();
  },
  'an object that comes to match a selector is ADDED, one that ceases to is DELETED': async (store) => {
    const { resourceVersion } = await store.list(brokers);
    const watch = store.watch({ ...brokers, labels: parseLabelSelector('app=shop') }, { resourceVersion });
    const made = await store.create(broker('b'));
    const matching = await store.update({ ...made, metadata: { ...made.metadata, labels: { app: 'shop' } } });
    await store.update({ ...matching, metadata: { ...matching.metadata, labels: {} } });
    expect(told(await take(watch, 2))).toEqual(['ADDED b', 'DELETED b']);
    watch.stop();
  },
  'a watch from a version that is forgotten ends with gone': async (store, { changesForgotten }) => {
    const { resourceVersion } = await store.list(brokers);
    for (let count = 0; count < changesForgotten; count += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => store.create(configMap(`c-${count + index}`, {}))));
    }
    await refused('gone', () => take(store.watch(brokers, { resourceVersion }), 1));
  },
  'bookmarks move a quiet watch on': async (store) => {
    const { resourceVersion } = await store.list(brokers);
    const watch = store.watch(brokers, { resourceVersion, bookmarks: true });
    await Promise.all(Array.from({ length: 250 }, (_, index) => store.create(configMap(`c-${index}`, {}))));
    const [event] = await take(watch, 1);
    expect(event?.kind).toBe('BOOKMARK');
    expect(Number((event as { resourceVersion: string }).resourceVersion)).toBeGreaterThan(Number(resourceVersion));
    watch.stop();
  },
  'a stopped watch ends': async (store) => {
    const watch = store.watch(brokers);
    const first = watch[Symbol.asyncIterator]().next();
    watch.stop();
    expect(await first).toMatchObject({ done: true });
  },
};
