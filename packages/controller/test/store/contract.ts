/**
 * What every resource store must do: the list of style-anchors' traps (versions, conflicts, status isolation, generation,
 * watch resume and 410, finalizers, owners, selectors, bookmarks), as a Kubernetes API server does it.
 *
 * The suite knows the port and nothing of a store. A further store must only pass it.
 */
import type { Resource, ResourceRef } from '@millrace/api';
import { waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseLabelSelector } from '../../src/store/selector.ts';
import type { ResourceStore } from '../../src/store/store.ts';
import { broker, configMap, eventing, trigger } from '../support/objects.ts';
import { brokers, type Clause, ref, refused, type StoreHarness } from './clause.ts';
import { watchClauses } from './watch-clauses.ts';

export type { Clause, StoreHarness } from './clause.ts';

const versionOf = (object: Resource) => Number(object.metadata.resourceVersion);

async function required(store: ResourceStore, wanted: ResourceRef): Promise<Resource> {
  const found = await store.get(wanted);
  if (found === undefined) throw new Error(`${wanted.kind} ${wanted.name} is not there`);
  return found;
}

const owned = (name: string, owner: Resource, more: object = {}) =>
  ({
    ...configMap(name, {}),
    metadata: {
      name,
      namespace: 'default',
      ownerReferences: [
        {
          apiVersion: owner.apiVersion,
          kind: owner.kind,
          name: owner.metadata.name,
          uid: owner.metadata.uid ?? '',
          ...more,
        },
      ],
    },
  }) as Resource;
const mapRef = (name: string): ResourceRef => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name });
const gone = (store: ResourceStore, wanted: ResourceRef) =>
  waitFor(`${wanted.name} is gone`, async () => (await store.get(wanted)) === undefined, { timeoutMs: 3_000 });

export const clauses: Readonly<Record<string, Clause>> = {
  'create gives uid, creationTimestamp, generation 1 and a resourceVersion': async (store) => {
    const made = await store.create(broker());
    expect(made.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect(made.metadata.creationTimestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(made.metadata.generation).toBe(1);
    expect(versionOf(made)).toBeGreaterThan(0);
    expect(await store.get(ref('default'))).toEqual(made);
  },
  'create of what is there is refused as already-exists': async (store) => {
    await store.create(broker());
    await refused('already-exists', () => store.create(broker()));
  },
  'create completes generateName with a name that is new each time': async (store) => {
    const draft = { ...broker(), metadata: { generateName: 'b-', namespace: 'default' } } as unknown as Resource;
    const names = [await store.create(draft), await store.create(draft)].map(({ metadata }) => metadata.name);
    expect(names[0]).toMatch(/^b-.{5}$/);
    expect(names[0]).not.toBe(names[1]);
  },
  'create drops the status that a client sent': async (store) => {
    const made = await store.create(broker('default', { status: { observedGeneration: 7 } }));
    expect(made.status?.observedGeneration).toBeUndefined();
  },
  'get of what is not there gives nothing; update and delete are refused as not-found': async (store) => {
    expect(await store.get(ref('none'))).toBeUndefined();
    await refused('not-found', () =>
      store.update({ ...broker('none'), metadata: { ...broker('none').metadata, resourceVersion: '1' } }),
    );
    await refused('not-found', () => store.delete(ref('none')));
  },
  'resourceVersion grows with every write': async (store) => {
    const versions: number[] = [];
    let object = await store.create(broker());
    versions.push(versionOf(object));
    object = await store.update({ ...object, metadata: { ...object.metadata, labels: { a: 'b' } } });
    versions.push(versionOf(object));
    object = await store.updateStatus({ ...object, status: { observedGeneration: 1 } });
    versions.push(versionOf(object), versionOf(await store.create(broker('other'))));
    expect(versions).toEqual([...new Set(versions)].sort((left, right) => left - right));
  },
  'a write that changes nothing does not move the resourceVersion': async (store) => {
    const made = await store.create(broker());
    expect(await store.update(made)).toEqual(made);
    expect(await store.patch(ref('default'), { kind: 'merge', body: {} })).toEqual(made);
  },
  'update with a stale resourceVersion is refused as conflict and changes nothing': async (store) => {
    const made = await store.create(broker());
    const newer = await store.update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } } });
    await refused('conflict', () => store.update({ ...made, metadata: { ...made.metadata, labels: { a: 'c' } } }));
    await refused('conflict', () => store.updateStatus({ ...made, status: { observedGeneration: 9 } }));
    expect(await store.get(ref('default'))).toEqual(newer);
  },
  'of two updates from one version exactly one wins': async (store) => {
    const made = await store.create(broker());
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((value) => store.update({ ...made, metadata: { ...made.metadata, labels: { value } } })),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  },
  'update must name a resourceVersion': async (store) => {
    await store.create(broker());
    await refused('invalid', () => store.update(broker()));
  },
  'updateStatus changes nothing but status': async (store) => {
    const made = await store.create(trigger('t'));
    const after = await store.updateStatus({
      ...made,
      metadata: { ...made.metadata, annotations: { changed: 'yes' } },
      spec: { broker: 'other' },
      status: { observedGeneration: 1 },
    });
    expect(after.spec).toEqual(made.spec);
    expect(after.metadata.annotations).toEqual(made.metadata.annotations);
    expect(after.status).toEqual({ observedGeneration: 1 });
    expect(after.metadata.generation).toBe(1);
  },
  'update leaves status alone': async (store) => {
    const made = await store.create(trigger('t'));
    const withStatus = await store.updateStatus({ ...made, status: { observedGeneration: 1 } });
    const { status: _, ...without } = withStatus;
    const after = await store.update({ ...without, metadata: { ...without.metadata, labels: { a: 'b' } } } as Resource);
    expect(after.status).toEqual({ observedGeneration: 1 });
  },
  'generation grows when spec changes and only then': async (store) => {
    let object = await store.create(trigger('t'));
    object = await store.update({ ...object, metadata: { ...object.metadata, annotations: { a: 'b' } } });
    object = await store.updateStatus({ ...object, status: { observedGeneration: 1 } });
    expect(object.metadata.generation).toBe(1);
    const spec = { ...(object.spec as object), subscriber: { uri: 'http://localhost:4000/' } };
    expect((await store.update({ ...object, spec })).metadata.generation).toBe(2);
  },
  'uid, creationTimestamp and generation are the store’s own': async (store) => {
    const made = await store.create(broker());
    const { uid, creationTimestamp } = made.metadata;
    const after = await store.update({
      ...made,
      metadata: { ...made.metadata, creationTimestamp: '2000-01-01T00:00:00Z', generation: 99, labels: { a: 'b' } },
    });
    expect(after.metadata).toMatchObject({ uid, creationTimestamp, generation: 1 });
    await refused('conflict', () => store.update({ ...after, metadata: { ...after.metadata, uid: 'another' } }));
  },
  'merge patch: null removes, objects merge, lists are replaced': async (store) => {
    await store.create(trigger('t', {}, { labels: { a: '1', b: '2' } }));
    const body = { metadata: { labels: { a: null, c: '3' } }, spec: { filter: { attributes: { type: 'x' } } } };
    const after = await store.patch(ref('t', 'Trigger'), { kind: 'merge', body });
    expect(after.metadata.labels).toMatchObject({ b: '2', c: '3' });
    expect(after.metadata.labels).not.toHaveProperty('a');
    expect(after.spec).toMatchObject({ broker: 'default', filter: { attributes: { type: 'x' } } });
  },
  'JSON patch: all operations or none': async (store) => {
    const made = await store.create(trigger('t', {}, { labels: { a: '1' } }));
    const test = { op: 'test', path: '/metadata/labels/a', value: 'wrong' };
    const add = { op: 'add', path: '/metadata/labels/b', value: '2' };
    await refused('invalid', () => store.patch(ref('t', 'Trigger'), { kind: 'json', body: [add, test] }));
    expect(await store.get(ref('t', 'Trigger'))).toEqual(made);
    const after = await store.patch(ref('t', 'Trigger'), { kind: 'json', body: [add] });
    expect(after.metadata.labels).toMatchObject({ a: '1', b: '2' });
  },
  'a patch of the status subresource changes status alone': async (store) => {
    const made = await store.create(trigger('t'));
    const body = { spec: { broker: 'x' }, status: { observedGeneration: 3 } };
    const after = await store.patch(ref('t', 'Trigger'), { kind: 'merge', body }, { subresource: 'status' });
    expect(after).toMatchObject({ spec: made.spec, status: { observedGeneration: 3 } });
  },
  'apply makes what is not there and merges into what is': async (store) => {
    const body = { ...broker(), metadata: { ...broker().metadata, labels: { a: '1' } } };
    const made = await store.patch(ref('default'), { kind: 'apply', body });
    const after = await store.patch(ref('default'), { kind: 'apply', body: { metadata: { labels: { b: '2' } } } });
    expect(after.metadata).toMatchObject({ uid: made.metadata.uid, labels: { a: '1', b: '2' } });
  },
  'an invalid object is refused and not stored': async (store) => {
    await refused('invalid', () => store.create({ ...trigger('t'), spec: { broker: 'default' } }));
    await refused('invalid', () => store.create(broker('Not_A_Name')));
    expect((await store.list({ apiVersion: eventing, kind: 'Trigger' })).items).toEqual([]);
  },
  'what is immutable cannot be changed': async (store) => {
    const made = await store.create(trigger('t'));
    await refused('invalid', () => store.update({ ...made, spec: { ...(made.spec as object), broker: 'other' } }));
  },
  'a dry run answers as a write and writes nothing': async (store) => {
    expect((await store.create(broker(), { dryRun: true })).metadata.name).toBe('default');
    expect(await store.get(ref('default'))).toBeUndefined();
    const made = await store.create(broker());
    const after = await store.update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } } }, { dryRun: true });
    expect(after.metadata.labels).toMatchObject({ a: 'b' });
    await store.delete(ref('default'), { dryRun: true });
    expect(await store.get(ref('default'))).toEqual(made);
  },
  'delete without finalizers removes at once': async (store) => {
    await store.create(broker());
    expect((await store.delete(ref('default'))).removed).toBe(true);
    expect(await store.get(ref('default'))).toBeUndefined();
  },
  'delete preconditions on uid and resourceVersion': async (store) => {
    const { metadata } = await store.create(broker());
    await refused('conflict', () => store.delete(ref('default'), { preconditions: { uid: 'another' } }));
    await refused('conflict', () => store.delete(ref('default'), { preconditions: { resourceVersion: '0' } }));
    const { uid = '', resourceVersion = '' } = metadata;
    await store.delete(ref('default'), { preconditions: { uid, resourceVersion } });
    expect(await store.get(ref('default'))).toBeUndefined();
  },
  'finalizers hold a deleted object until the last one goes': async (store) => {
    await store.create(broker('default', { metadata: { finalizers: ['a.example/x', 'a.example/y'] } }));
    const { object, removed } = await store.delete(ref('default'));
    expect(removed).toBe(false);
    expect(object.metadata.deletionTimestamp).toBeDefined();
    const one = await store.update({ ...object, metadata: { ...object.metadata, finalizers: ['a.example/y'] } });
    expect((await required(store, ref('default'))).metadata.deletionTimestamp).toBe(object.metadata.deletionTimestamp);
    await store.update({ ...one, metadata: { ...one.metadata, finalizers: [] } });
    expect(await store.get(ref('default'))).toBeUndefined();
  },
  'no finalizer can be added to an object that is being deleted': async (store) => {
    await store.create(broker('default', { metadata: { finalizers: ['a.example/x'] } }));
    const { object } = await store.delete(ref('default'));
    const finalizers = ['a.example/x', 'a.example/z'];
    await refused('forbidden', () => store.update({ ...object, metadata: { ...object.metadata, finalizers } }));
  },
  'an object made anew has another uid, and updates of the old one conflict': async (store) => {
    const old = await store.create(broker());
    await store.delete(ref('default'));
    const anew = await store.create(broker());
    expect(anew.metadata.uid).not.toBe(old.metadata.uid);
    await refused('conflict', () => store.update({ ...old, metadata: { ...old.metadata, labels: { a: 'b' } } }));
  },
  'dependents go with their owner': async (store) => {
    const owner = await store.create(broker());
    await store.create(owned('child', owner));
    await store.create(configMap('stranger', {}));
    await store.delete(ref('default'));
    await gone(store, mapRef('child'));
    expect(await store.get(mapRef('stranger'))).toBeDefined();
  },
  'a dependent with another owner that is there stays': async (store) => {
    const [one, two] = [await store.create(broker('one')), await store.create(broker('two'))];
    const child = owned('child', one);
    const references = [...(child.metadata.ownerReferences ?? []), ...(owned('x', two).metadata.ownerReferences ?? [])];
    await store.create({ ...child, metadata: { ...child.metadata, ownerReferences: references } });
    await store.delete(ref('one'));
    await store.create(owned('witness', { ...one, metadata: { ...one.metadata, uid: 'no-such-uid' } }));
    await gone(store, mapRef('witness'));
    expect(await store.get(mapRef('child'))).toBeDefined();
  },
  'an owner of another uid is absent: its dependent goes': async (store) => {
    const owner = await store.create(broker());
    await store.create(owned('orphan', { ...owner, metadata: { ...owner.metadata, uid: 'no-such-uid' } }));
    await gone(store, mapRef('orphan'));
    expect(await store.get(ref('default'))).toEqual(owner);
  },
  'foreground deletion waits for blocking dependents': async (store) => {
    const owner = await store.create(broker());
    const child = owned('child', owner, { blockOwnerDeletion: true });
    await store.create({ ...child, metadata: { ...child.metadata, finalizers: ['a.example/hold'] } });
    expect((await store.delete(ref('default'), { propagation: 'Foreground' })).removed).toBe(false);
    const held = await waitFor('the child is marked', async () => {
      const found = await store.get(mapRef('child'));
      return found?.metadata.deletionTimestamp === undefined ? undefined : found;
    });
    expect((await required(store, ref('default'))).metadata.deletionTimestamp).toBeDefined();
    await store.update({ ...held, metadata: { ...held.metadata, finalizers: [] } });
    await gone(store, ref('default'));
    expect(await store.get(mapRef('child'))).toBeUndefined();
  },
  'orphaning deletion leaves dependents behind without that owner': async (store) => {
    const owner = await store.create(broker());
    await store.create(owned('child', owner));
    await store.delete(ref('default'), { propagation: 'Orphan' });
    const left = await required(store, mapRef('child'));
    expect(left.metadata.ownerReferences ?? []).toEqual([]);
  },
  'list is by namespace and name, and by selectors': async (store) => {
    await store.create(broker('b', { metadata: { labels: { app: 'shop', tier: 'a' } } }));
    await store.create(broker('a', { metadata: { labels: { app: 'shop' } } }));
    await store.create(broker('a', { metadata: { namespace: 'other', labels: { app: 'bank' } } }));
    const names = async (selection: object) =>
      (await store.list({ ...brokers, ...selection })).items.map(
        ({ metadata }) => `${metadata.namespace}/${metadata.name}`,
      );
    expect(await names({})).toEqual(['default/a', 'default/b', 'other/a']);
    expect(await names({ namespace: 'other' })).toEqual(['other/a']);
    expect(await names({ name: 'a' })).toEqual(['default/a', 'other/a']);
    expect(await names({ labels: parseLabelSelector('app=shop,!tier') })).toEqual(['default/a']);
    expect(await names({ labels: parseLabelSelector('app in (bank, shop),tier') })).toEqual(['default/b']);
    expect(await names({ labels: parseLabelSelector('app!=shop') })).toEqual(['other/a']);
    expect(await names({ labels: parseLabelSelector('app notin (bank)') })).toEqual(['default/a', 'default/b']);
  },
  ...watchClauses,
  'a kind is served in all its versions and is one object': async (store) => {
    const spec = { schedule: '* * * * *', sink: { uri: 'http://localhost/' } };
    const metadata = { name: 'p', namespace: 'default' };
    await store.create({ apiVersion: 'sources.knative.dev/v1beta2', kind: 'PingSource', metadata, spec });
    const newer = await required(store, { apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', ...metadata });
    expect(newer.apiVersion).toBe('sources.knative.dev/v1');
    const older = await store.list({ apiVersion: 'sources.knative.dev/v1beta2', kind: 'PingSource' });
    expect(older.items.map(({ apiVersion }) => apiVersion)).toEqual(['sources.knative.dev/v1beta2']);
  },
  'a kind that is not known is not-found': async (store) => {
    await refused('not-found', () => store.get({ apiVersion: 'example.dev/v1', kind: 'Thing', name: 'x' }));
    await refused('not-found', () => store.list({ apiVersion: 'example.dev/v1', kind: 'Thing' }));
  },
};

export function describeResourceStore(name: string, harness: StoreHarness): void {
  describe(`${name}: the contract of a resource store`, () => {
    let store: ResourceStore;
    beforeEach(async () => {
      store = await harness.open();
    });
    afterEach(() => harness.close(store));
    for (const [clause, check] of Object.entries(clauses)) {
      test(clause, async () => {
        expect.hasAssertions();
        await check(store, harness);
      });
    }
  });
}
