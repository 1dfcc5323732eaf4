/** The local store, in memory and on the disk, by the contract; what it alone promises; and canaries. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Resource } from '@millrace/api';
import { silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock, waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLmdbPersistence } from '../../src/store/local/lmdb-persistence.ts';
import type { LocalStore } from '../../src/store/local/local-store.ts';
import { openLocalStore } from '../../src/store/local/open.ts';
import { memoryPersistence } from '../../src/store/local/persistence.ts';
import type { ResourceStore } from '../../src/store/store.ts';
import { isStoreError } from '../../src/store/store-error.ts';
import { broker, configMap, eventing, memoryStore, trigger } from '../support/objects.ts';
import { clauses, describeResourceStore, type StoreHarness } from './contract.ts';

const inMemory: StoreHarness = {
  open: async () => memoryStore({ historyChanges: 200 }),
  close: (store) => store.close(),
  changesForgotten: 500,
};
describeResourceStore('local store in memory', inMemory);

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'millrace-store-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function open(at = directory): Promise<LocalStore> {
  const opened = await openLocalStore({
    dataDirectory: at,
    clock: new VirtualClock(),
    random: new SeededRandom(11),
    logger: silentLogger,
    historyChanges: 200,
  });
  if (opened.kind === 'failed') throw new Error(opened.message);
  return opened.store;
}

describeResourceStore('local store on the disk', {
  open: () => open(mkdtempSync(join(directory, 's-'))),
  close: (store) => store.close(),
  changesForgotten: 500,
});

const allBrokers = { apiVersion: eventing, kind: 'Broker' };

describe('durability', () => {
  test('S1: what a write answered is there after a restart, with versions that go on growing', async () => {
    const first = await open();
    const made = await first.create(broker());
    const deleted = await first.create(broker('gone'));
    await first.delete({ ...allBrokers, namespace: 'default', name: 'gone' });
    await first.notes.put('n', { a: 1 });
    await first.close();

    const second = await open();
    expect((await second.list(allBrokers)).items).toEqual([made]);
    expect(second.notes.get('n')).toEqual({ a: 1 });
    const next = await second.create(broker('next'));
    expect(Number(next.metadata.resourceVersion)).toBeGreaterThan(Number(deleted.metadata.resourceVersion));
    await second.close();
  });

  test('S8: a watch from a version of before the restart is gone, from the present one it goes on', async () => {
    const first = await open();
    const old = await first.create(broker('one'));
    await first.create(broker('two'));
    await first.close();
    const second = await open();
    const { resourceVersion } = await second.list(allBrokers);
    const tooOld = second.watch(allBrokers, { resourceVersion: old.metadata.resourceVersion ?? '' });
    const error = await tooOld[Symbol.asyncIterator]()
      .next()
      .catch((thrown: unknown) => thrown);
    expect(isStoreError(error, 'gone')).toBe(true);
    const watch = second.watch(allBrokers, { resourceVersion });
    const event = watch[Symbol.asyncIterator]().next();
    await second.create(broker('three'));
    expect((await event).value).toMatchObject({ kind: 'ADDED', object: { metadata: { name: 'three' } } });
    watch.stop();
    await second.close();
  });

  test('kill -9: every write a process reported is there', async () => {
    const script = new URL('../support/writer.ts', import.meta.url).pathname;
    const child = spawn(process.execPath, ['--conditions=source', script, directory], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let reported = '';
    child.stdout.on('data', (chunk: Buffer) => {
      reported += chunk.toString();
    });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    await waitFor('300 writes are reported', () => reported.split('\n').length > 300, { timeoutMs: 15_000 });
    child.kill('SIGKILL');
    await ended;
    const names = reported.split('\n').slice(0, -1);
    const store = await open();
    const kept = new Set(
      (await store.list({ apiVersion: 'v1', kind: 'ConfigMap' })).items.map(({ metadata }) => metadata.name),
    );
    expect(names.filter((name) => !kept.has(name))).toEqual([]);
    await store.close();
  });

  test('K3: a write that cannot be kept is refused, is not seen, and the store goes on when the disk is well', async () => {
    let full = false;
    const kept = memoryPersistence();
    const store = memoryStore({
      persistence: { ...kept, write: (write) => (full ? Promise.reject(new Error('ENOSPC')) : kept.write(write)) },
    });
    await store.create(broker('one'));
    full = true;
    const outcomes = await Promise.allSettled([store.create(broker('two')), store.create(trigger('t'))]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect((await store.list(allBrokers)).items.map(({ metadata }) => metadata.name)).toEqual(['one']);
    full = false;
    await store.create(broker('two'));
    expect((await store.list(allBrokers)).items.map(({ metadata }) => metadata.name)).toEqual(['one', 'two']);
    await store.close();
  });
});

describe('a directory that cannot be opened gives a clear error, not a crash', () => {
  async function fill(): Promise<string> {
    const store = await open();
    for (let count = 0; count < 50; count++) await store.create(configMap(`c-${count}`, { text: 'x'.repeat(500) }));
    await store.close();
    return join(directory, 'resources', 'data.mdb');
  }
  const reopen = () => openLmdbPersistence(join(directory, 'resources'));

  test('files of somebody else: foreign', async () => {
    writeFileSync(join(directory, 'photo.jpg'), 'x');
    expect(await openLmdbPersistence(directory)).toMatchObject({ kind: 'failed', code: 'foreign' });
  });

  test('garbage in place of the database: corrupt', async () => {
    writeFileSync(
      await fill(),
      'this is not a database, and never was one; it is only long enough to look at'.repeat(200),
    );
    const outcome = await reopen();
    expect(outcome).toMatchObject({ kind: 'failed', code: 'corrupt' });
    expect((outcome as { message: string }).message).toContain('resources');
  });

  test('cut off: corrupt', async () => {
    truncateSync(await fill(), 5_000);
    expect(await reopen()).toMatchObject({ kind: 'failed', code: 'corrupt' });
  });

  test('a path that is a file: an error that names it', async () => {
    writeFileSync(join(directory, 'resources'), 'x');
    const outcome = await reopen();
    expect(outcome.kind).toBe('failed');
    expect((outcome as { message: string }).message).toContain(join(directory, 'resources'));
  });
});

describe('what local mode adds', () => {
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', name });

  test('a namespace comes into being with the first object in it', async () => {
    const store = memoryStore();
    await store.create(broker('b', { metadata: { namespace: 'shop' } }));
    expect((await store.get(namespace('shop')))?.status).toMatchObject({ phase: 'Active' });
    await store.close();
  });

  test('a deleted namespace takes its contents with it and takes nothing new', async () => {
    const store = memoryStore();
    await store.create(broker('b', { metadata: { namespace: 'shop', finalizers: ['a.example/hold'] } }));
    await store.delete(namespace('shop'));
    await store.settled();
    const held = (await store.get({ ...allBrokers, namespace: 'shop', name: 'b' })) as Resource;
    expect(held.metadata.deletionTimestamp).toBeDefined();
    const refusal = await store
      .create(broker('c', { metadata: { namespace: 'shop' } }))
      .catch((error: unknown) => error);
    expect(isStoreError(refusal, 'forbidden')).toBe(true);
    await store.update({ ...held, metadata: { ...held.metadata, finalizers: [] } });
    await store.settled();
    expect(await store.get(namespace('shop'))).toBeUndefined();
    await store.close();
  });

  test('defaults are those of the ConfigMap config-br-defaults while it is there', async () => {
    const store = memoryStore();
    const text = 'clusterDefault:\n  brokerClass: MTChannelBasedBroker\n  delivery:\n    retry: 3\n';
    await store.create(configMap('config-br-defaults', { 'default-br-config': text }, 'knative-eventing'));
    const made = await store.create(broker());
    expect(made.metadata.annotations).toMatchObject({ 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' });
    expect(made.spec).toMatchObject({ delivery: { retry: 3 } });
    await store.close();
  });

  test('the ConfigMap that Knative’s Broker YAML names is provided', async () => {
    const store = await open();
    const wanted = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'knative-eventing',
      name: 'config-br-default-channel',
    };
    expect((await store.get(wanted))?.data).toHaveProperty('channel-template-spec');
    await store.close();
  });

  test('objects are given out frozen: nobody changes them behind the store’s back', async () => {
    const store = memoryStore();
    const made = await store.create(trigger('t'));
    expect(() => Object.assign(made.spec as object, { broker: 'x' })).toThrow(TypeError);
    await store.close();
  });
});

describe('canary: a store that breaks a clause is caught', () => {
  /** Runs one clause against a store with some operations replaced; gives the failure. */
  async function caught(clause: string, spoil: (store: ResourceStore) => Partial<ResourceStore>): Promise<unknown> {
    const store = memoryStore({ historyChanges: 200 });
    const spoiled = new Proxy(store as ResourceStore, {
      get(target, name) {
        const other = (spoil(target) as Record<string | symbol, unknown>)[name];
        const own = Reflect.get(target, name) as unknown;
        return other ?? (typeof own === 'function' ? own.bind(target) : own);
      },
    });
    const check = clauses[clause];
    if (check === undefined) throw new Error(`no clause "${clause}"`);
    try {
      await check(spoiled, inMemory);
      return undefined;
    } catch (error) {
      return error;
    } finally {
      await store.close();
    }
  }

  const fresh = async (store: ResourceStore, object: Resource) => {
    const { apiVersion, kind, metadata } = object;
    const found = await store.get({ apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name });
    return { ...object, metadata: { ...object.metadata, resourceVersion: found?.metadata.resourceVersion ?? '' } };
  };

  test.each<[string, (store: ResourceStore) => Partial<ResourceStore>]>([
    [
      'update with a stale resourceVersion is refused as conflict and changes nothing',
      (store) => ({ update: async (object) => store.update(await fresh(store, object)) }),
    ],
    [
      'updateStatus changes nothing but status',
      (store) => ({
        updateStatus: async (object) =>
          store.updateStatus(
            await store.update({ ...object, spec: { ...(object.spec as object), filter: { attributes: { a: 'b' } } } }),
          ),
      }),
    ],
    [
      'finalizers hold a deleted object until the last one goes',
      (store) => ({ delete: async (ref) => ({ object: (await store.get(ref)) as Resource, removed: true }) }),
    ],
    [
      'a watch from a list misses nothing and repeats nothing',
      (store) => ({ watch: (selection) => store.watch(selection) }),
    ],
    ['dependents go with their owner', (store) => ({ delete: (ref) => store.delete(ref, { propagation: 'Orphan' }) })],
    [
      'a write that changes nothing does not move the resourceVersion',
      (store) => ({
        update: (object) => store.update({ ...object, metadata: { ...object.metadata, annotations: { at: 'x' } } }),
      }),
    ],
  ])('%s', async (clause, spoil) => {
    expect(await caught(clause, () => ({}))).toBeUndefined();
    expect(await caught(clause, spoil)).toBeInstanceOf(Error);
  });
});
