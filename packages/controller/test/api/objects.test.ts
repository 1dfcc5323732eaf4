import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { broker, call, configMap, eventing, type RunningApi, startApi } from './support.ts';

const shop = `${eventing}/namespaces/shop/brokers`;
const core = '/api/v1/namespaces/shop';
const pingSource = (version: string) => `/apis/sources.knative.dev/${version}/namespaces/shop/pingsources`;

let api: RunningApi;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('create', () => {
  test('201 with the object as stored; identity is taken from the path where the body is silent', async () => {
    const { status, body } = await call(api, 'POST', shop, { body: { metadata: { name: 'one' } } });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      apiVersion: 'eventing.knative.dev/v1',
      kind: 'Broker',
      metadata: { name: 'one', namespace: 'shop', generation: 1 },
    });
    expect(body.metadata.uid).toMatch(/^[0-9a-f-]{36}$/);
    expect((await call(api, 'GET', `${shop}/one`)).body).toEqual(body);
  });

  test('generateName is completed', async () => {
    const { status, body } = await call(api, 'POST', shop, { body: { metadata: { generateName: 'gen-' } } });
    expect(status).toBe(201);
    expect(body.metadata.name).toMatch(/^gen-[0-9a-z]{5}$/);
  });

  test('a YAML body', async () => {
    const body = 'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: yaml\n';
    expect((await call(api, 'POST', shop, { body, type: 'application/yaml' })).status).toBe(201);
  });

  test('dryRun=All writes nothing', async () => {
    expect((await call(api, 'POST', `${shop}?dryRun=All`, { body: broker('dry') })).status).toBe(201);
    expect((await call(api, 'GET', `${shop}/dry`)).status).toBe(404);
  });

  test('already exists: 409', async () => {
    await api.store.create(broker('one'));
    const { status, body } = await call(api, 'POST', shop, { body: broker('one') });
    expect(status).toBe(409);
    expect(body).toMatchObject({
      reason: 'AlreadyExists',
      message: 'brokers.eventing.knative.dev "one" already exists',
      details: { name: 'one', group: 'eventing.knative.dev', kind: 'brokers' },
    });
  });

  test('a Secret in Kubernetes protobuf, as kubectl create sends it', async () => {
    const field = (number: number, bytes: Uint8Array | string) => {
      const content = Buffer.from(bytes as string);
      return Buffer.concat([Buffer.from([number * 8 + 2, content.byteLength]), content]);
    };
    const entry = Buffer.concat([field(1, 'token'), field(2, Buffer.from([0, 255]))]);
    const secret = Buffer.concat([
      field(1, Buffer.concat([field(1, 'sealed'), field(2, ''), field(8, '')])),
      field(2, entry),
      field(3, 'Opaque'),
    ]);
    const typeMeta = Buffer.concat([field(1, 'v1'), field(2, 'Secret')]);
    const body = Buffer.concat([Buffer.from('k8s\0'), field(1, typeMeta), field(2, secret)]);
    const type = 'application/vnd.kubernetes.protobuf';
    const created = await call(api, 'POST', `${core}/secrets`, { body, type });
    expect(created.status).toBe(201);
    expect(created.body).toMatchObject({ metadata: { name: 'sealed' }, data: { token: 'AP8=' }, type: 'Opaque' });
    // Any cut of it is refused, and none is half taken.
    for (let length = 0; length < body.byteLength; length++) {
      const cut = await call(api, 'POST', `${core}/secrets?dryRun=All`, { body: body.subarray(0, length), type });
      expect(cut.status).toBeGreaterThanOrEqual(400);
      expect(cut.status).toBeLessThan(500);
    }
    const unknown = Buffer.concat([
      body.subarray(0, 4),
      field(1, typeMeta),
      field(2, Buffer.concat([secret, field(15, 'x')])),
    ]);
    expect((await call(api, 'POST', `${core}/secrets`, { body: unknown, type })).body.message).toContain(
      'field number 15',
    );
  });
});

describe('replace', () => {
  test('200; a stale resourceVersion is refused with 409 Conflict', async () => {
    const first = (await call(api, 'POST', `${core}/configmaps`, { body: configMap('cm', { a: '1' }) })).body;
    const second = await call(api, 'PUT', `${core}/configmaps/cm`, { body: { ...first, data: { a: '2' } } });
    expect(second.status).toBe(200);
    expect(second.body.data).toEqual({ a: '2' });
    const stale = await call(api, 'PUT', `${core}/configmaps/cm`, { body: { ...first, data: { a: '3' } } });
    expect(stale.status).toBe(409);
    expect(stale.body).toMatchObject({ reason: 'Conflict', details: { name: 'cm', kind: 'configmaps' } });
  });

  test('404 for an object that is not there', async () => {
    const { status, body } = await call(api, 'PUT', `${core}/configmaps/none`, { body: configMap('none', {}) });
    expect(status).toBe(404);
    expect(body.message).toBe('configmaps "none" not found');
  });
});

describe('patch', () => {
  test('merge: null removes', async () => {
    await api.store.create(configMap('cm', { a: '1', b: '2' }));
    const type = 'application/merge-patch+json';
    const { status, body } = await call(api, 'PATCH', `${core}/configmaps/cm`, {
      body: { data: { a: null, c: '3' } },
      type,
    });
    expect(status).toBe(200);
    expect(body.data).toEqual({ b: '2', c: '3' });
  });

  test('JSON: all operations or none', async () => {
    await api.store.create(configMap('cm', { a: '1' }));
    const type = 'application/json-patch+json';
    const add = { op: 'add', path: '/data/b', value: '2' };
    const good = await call(api, 'PATCH', `${core}/configmaps/cm`, { body: [add], type });
    expect(good.body.data).toEqual({ a: '1', b: '2' });
    const bad = await call(api, 'PATCH', `${core}/configmaps/cm`, {
      body: [
        { op: 'remove', path: '/data/a' },
        { op: 'test', path: '/data/b', value: 'x' },
      ],
      type,
    });
    expect(bad.status).toBe(422);
    expect((await call(api, 'GET', `${core}/configmaps/cm`)).body.data).toEqual({ a: '1', b: '2' });
  });

  test('strategic: for core kinds; 415 for others, as for custom resources in Kubernetes', async () => {
    await api.store.create(configMap('cm', { a: '1' }));
    await api.store.create(broker('one'));
    const patch = { body: { metadata: { labels: { x: 'y' } } }, type: 'application/strategic-merge-patch+json' };
    expect((await call(api, 'PATCH', `${core}/configmaps/cm`, patch)).body.metadata.labels).toEqual({ x: 'y' });
    const refused = await call(api, 'PATCH', `${shop}/one`, patch);
    expect(refused.status).toBe(415);
    expect(refused.body.reason).toBe('UnsupportedMediaType');
  });

  test('server-side apply: 201 when it makes the object, then 200; it needs a fieldManager', async () => {
    const body = 'apiVersion: eventing.knative.dev/v1\nkind: Broker\nmetadata:\n  name: applied\n  labels: {x: y}\n';
    const type = 'application/apply-patch+yaml';
    const path = `${shop}/applied`;
    expect((await call(api, 'PATCH', path, { body, type })).status).toBe(422);
    expect((await call(api, 'PATCH', `${path}?fieldManager=me`, { body, type })).status).toBe(201);
    const again = await call(api, 'PATCH', `${path}?fieldManager=me`, { body, type });
    expect(again.status).toBe(200);
    expect(again.body.metadata).toMatchObject({ generation: 1, labels: { x: 'y' } });
  });
});

describe('status subresource', () => {
  test('PUT and PATCH change status and nothing else; a write of the object leaves status alone', async () => {
    const made = (await call(api, 'POST', shop, { body: broker('one') })).body;
    const status = { conditions: [{ type: 'Ready', status: 'True' }] };
    const put = await call(api, 'PUT', `${shop}/one/status`, {
      body: { ...made, metadata: { ...made.metadata, labels: { ignored: 'yes' } }, status },
    });
    expect(put.status).toBe(200);
    expect(put.body.status).toEqual(status);
    expect(put.body.metadata.labels).toEqual(made.metadata.labels);
    const patched = await call(api, 'PATCH', `${shop}/one/status`, {
      body: { status: { observedGeneration: 1 }, metadata: { labels: { ignored: 'yes' } } },
      type: 'application/merge-patch+json',
    });
    expect(patched.body.status).toEqual({ ...status, observedGeneration: 1 });
    expect(patched.body.metadata.labels).toEqual(made.metadata.labels);
    const labelled = await call(api, 'PATCH', `${shop}/one`, {
      body: { metadata: { labels: { x: 'y' } }, status: null },
      type: 'application/merge-patch+json',
    });
    expect(labelled.body).toMatchObject({ metadata: { labels: { x: 'y' } }, status: { observedGeneration: 1 } });
    expect((await call(api, 'GET', `${shop}/one/status`)).body).toEqual(labelled.body);
  });
});

describe('delete', () => {
  test('a Status with the uid; then 404', async () => {
    const { metadata } = await api.store.create(broker('one'));
    const { status, body } = await call(api, 'DELETE', `${shop}/one`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'one', group: 'eventing.knative.dev', kind: 'brokers', uid: metadata.uid },
    });
    expect((await call(api, 'DELETE', `${shop}/one`)).status).toBe(404);
  });

  test('held by a finalizer: the object, marked, until the finalizer goes', async () => {
    await api.store.create(broker('held', { finalizers: ['x.dev/hold'] }));
    const marked = await call(api, 'DELETE', `${shop}/held`);
    expect(marked.status).toBe(200);
    expect(marked.body.kind).toBe('Broker');
    expect(marked.body.metadata.deletionTimestamp).toBe('2026-01-01T00:00:00Z');
    await call(api, 'PATCH', `${shop}/held`, {
      body: { metadata: { finalizers: null } },
      type: 'application/merge-patch+json',
    });
    expect((await call(api, 'GET', `${shop}/held`)).status).toBe(404);
  });

  test('preconditions and dryRun of the body hold', async () => {
    await api.store.create(broker('one'));
    const wrong = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'other' } };
    expect((await call(api, 'DELETE', `${shop}/one`, { body: wrong })).status).toBe(409);
    expect((await call(api, 'DELETE', `${shop}/one`, { body: { dryRun: ['All'] } })).status).toBe(200);
    expect((await call(api, 'DELETE', `${shop}/one?dryRun=All`)).status).toBe(200);
    expect((await call(api, 'GET', `${shop}/one`)).status).toBe(200);
  });

  test.each(['body', 'query'])('propagationPolicy of the %s: Orphan keeps dependents', async (where) => {
    const owner = await api.store.create(configMap('owner', {}));
    const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid: owner.metadata.uid ?? '' }];
    await api.store.create({
      ...configMap('child', {}),
      metadata: { name: 'child', namespace: 'shop', ownerReferences },
    });
    const answer =
      where === 'body'
        ? await call(api, 'DELETE', `${core}/configmaps/owner`, { body: { propagationPolicy: 'Orphan' } })
        : await call(api, 'DELETE', `${core}/configmaps/owner?propagationPolicy=Orphan`);
    expect(answer.status).toBe(200);
    await api.store.settled();
    const child = await call(api, 'GET', `${core}/configmaps/child`);
    expect(child.status).toBe(200);
    expect(child.body.metadata.ownerReferences).toBeUndefined();
  });

  test('an unknown propagationPolicy: 422', async () => {
    await api.store.create(broker('one'));
    expect((await call(api, 'DELETE', `${shop}/one?propagationPolicy=Sometimes`)).status).toBe(422);
    expect((await call(api, 'GET', `${shop}/one`)).status).toBe(200);
  });

  test('a collection: what the selector finds, and gives it', async () => {
    await api.store.create(broker('a', { labels: { go: 'yes' } }));
    await api.store.create(broker('b', { labels: { go: 'yes' } }));
    await api.store.create(broker('c'));
    await api.store.create(broker('d', { namespace: 'other', labels: { go: 'yes' } }));
    const { status, body } = await call(api, 'DELETE', `${shop}?labelSelector=go%3Dyes`);
    expect(status).toBe(200);
    expect(body.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['a', 'b']);
    const left = (await call(api, 'GET', `${eventing}/brokers`)).body;
    expect(left.items.map((item: { metadata: { name: string } }) => item.metadata.name)).toEqual(['d', 'c']);
  });
});

describe('versions', () => {
  test('every served version of a kind works, converted', async () => {
    const spec = {
      schedule: '* * * * *',
      contentType: 'application/json',
      data: '{"a":1}',
      sink: { uri: 'http://sink.test/' },
    };
    const made = await call(api, 'POST', pingSource('v1beta2'), {
      body: { apiVersion: 'sources.knative.dev/v1beta2', kind: 'PingSource', metadata: { name: 'p' }, spec },
    });
    expect(made.status).toBe(201);
    expect(made.body.apiVersion).toBe('sources.knative.dev/v1beta2');
    const read = await call(api, 'GET', `${pingSource('v1')}/p`);
    expect(read.body).toMatchObject({ apiVersion: 'sources.knative.dev/v1', spec: { data: '{"a":1}' } });
    const list = await call(api, 'GET', pingSource('v1beta2'));
    expect(list.body).toMatchObject({
      kind: 'PingSourceList',
      apiVersion: 'sources.knative.dev/v1beta2',
      items: [made.body],
    });
  });
});
