/** The cache that reconcilers read: W1–W3 against a real store whose watches fail. */
import type { Resource } from '@millrace/api';
import { silentLogger } from '@millrace/runtime';
import { VirtualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { ResourceCache } from '../../src/reconcile/cache.ts';
import type { ResourceStore } from '../../src/store/store.ts';
import { StoreError } from '../../src/store/store-error.ts';
import { broker, configMap, eventing, memoryStore } from '../support/objects.ts';

const kinds = [{ apiVersion: eventing, kind: 'Broker' }];
const ref = (name: string) => ({ apiVersion: eventing, kind: 'Broker', namespace: 'default', name });

function follow(store: ResourceStore, clock = new VirtualClock()) {
  const changes: string[] = [];
  const cache: ResourceCache = new ResourceCache({
    store,
    kinds,
    clock,
    logger: silentLogger,
    onChange: (before, after) => {
      const object = after ?? (before as Resource);
      const isSeen = cache.get(ref(object.metadata.name)) === after;
      changes.push(
        `${before === undefined ? '+' : after === undefined ? '-' : '~'}${object.metadata.name}${isSeen ? '' : ' unseen'}`,
      );
    },
  });
  return { cache, changes, clock };
}

test('W1: changes come in order, each seen in the cache when it is told', async () => {
  const store = memoryStore();
  await store.create(broker('a'));
  const { cache, changes, clock } = follow(store);
  await cache.start();
  const made = await store.create(broker('b'));
  await store.update({ ...made, metadata: { ...made.metadata, labels: { x: 'y' } } });
  await store.delete(ref('a'));
  await clock.advance(0);
  expect(changes).toEqual(['+a', '+b', '~b', '-a']);
  await cache.stop();
  await store.close();
});

test('W2: a watch that missed changes is a new list; what went meanwhile goes', async () => {
  const store = memoryStore({ historyChanges: 10 });
  await store.create(broker('old'));
  let blocked = true;
  const failing: ResourceStore = Object.create(store, {
    list: { value: store.list.bind(store) },
    watch: {
      value: (...args: Parameters<ResourceStore['watch']>) => {
        if (blocked) throw new StoreError('failed', 'the connection is down');
        return store.watch(...args);
      },
    },
  }) as ResourceStore;
  const { cache, changes, clock } = follow(failing);
  await cache.start();
  await store.delete(ref('old'));
  for (let count = 0; count < 50; count++) await store.create(configMap(`c-${count}`, {}));
  await store.create(broker('new'));
  blocked = false;
  await clock.advanceUntil(() => cache.get(ref('new')) !== undefined, 10_000);
  expect(changes).toEqual(['+old', '-old', '+new']);
  await cache.stop();
  await store.close();
});

test('W3: an older object never replaces a newer one', async () => {
  const store = memoryStore();
  const old = await store.create(broker('a'));
  const { cache } = follow(store);
  await cache.start();
  const newer = { ...old, metadata: { ...old.metadata, resourceVersion: '900' } };
  cache.accept(newer);
  cache.accept(old);
  expect(cache.get(ref('a'))).toBe(newer);
  await cache.stop();
  await store.close();
});
