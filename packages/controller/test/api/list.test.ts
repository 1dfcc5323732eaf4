import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { broker, call, eventing, type RunningApi, startApi, tableAccept } from './support.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
  for (const [name, namespace, app] of [
    ['a', 'shop', 'web'],
    ['b', 'shop', 'web'],
    ['c', 'shop', 'api'],
    ['a', 'zoo', 'web'],
  ] as const) {
    await api.store.create(broker(name, { namespace, labels: { app } }));
  }
  const one = await api.store.get({
    apiVersion: 'eventing.knative.dev/v1',
    kind: 'Broker',
    namespace: 'shop',
    name: 'a',
  });
  await api.store.updateStatus({
    ...one!,
    status: { address: { url: 'http://x.test/' }, conditions: [{ type: 'Ready', status: 'False', reason: 'Why' }] },
  });
  await api.clock.advance(303_000);
});
afterAll(() => api.close());

const places = (body: { items: { metadata: { name: string; namespace: string } }[] }) =>
  body.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);

test('of a namespace and of all, by namespace and name, with the version of the store', async () => {
  const all = await call(api, 'GET', `${eventing}/brokers`);
  expect(all.body).toMatchObject({ kind: 'BrokerList', apiVersion: 'eventing.knative.dev/v1' });
  expect(places(all.body)).toEqual(['shop/a', 'shop/b', 'shop/c', 'zoo/a']);
  expect(Number(all.body.metadata.resourceVersion)).toBeGreaterThan(4);
  expect(places((await call(api, 'GET', `${eventing}/namespaces/zoo/brokers`)).body)).toEqual(['zoo/a']);
});

test.each([
  ['labelSelector=app%3Dweb', ['shop/a', 'shop/b', 'zoo/a']],
  ['labelSelector=app%20notin%20(web)', ['shop/c']],
  ['fieldSelector=metadata.name%3Da', ['shop/a', 'zoo/a']],
  ['fieldSelector=metadata.namespace%3Dzoo', ['zoo/a']],
  ['fieldSelector=metadata.name%3Da,metadata.namespace%3Dshop&labelSelector=app', ['shop/a']],
  ['labelSelector=none', []],
])('?%s', async (query, found) => {
  expect(places((await call(api, 'GET', `${eventing}/brokers?${query}`)).body)).toEqual(found);
});

test('a field selector that contradicts the path finds nothing', async () => {
  const { body } = await call(api, 'GET', `${eventing}/namespaces/shop/brokers?fieldSelector=metadata.namespace%3Dzoo`);
  expect(body.items).toEqual([]);
});

test('limit and continue: pages that together are the list', async () => {
  const first = (await call(api, 'GET', `${eventing}/brokers?limit=3`)).body;
  expect(places(first)).toEqual(['shop/a', 'shop/b', 'shop/c']);
  expect(first.metadata.remainingItemCount).toBe(1);
  const token = encodeURIComponent(first.metadata.continue);
  const second = (await call(api, 'GET', `${eventing}/brokers?limit=3&continue=${token}`)).body;
  expect(places(second)).toEqual(['zoo/a']);
  expect(second.metadata).toEqual({ resourceVersion: first.metadata.resourceVersion });
});

test('resourceVersionMatch=Exact of an older version: 410', async () => {
  const { status } = await call(api, 'GET', `${eventing}/brokers?resourceVersion=1&resourceVersionMatch=Exact`);
  expect(status).toBe(410);
});

test('YAML when asked for', async () => {
  const { headers, text } = await call(api, 'GET', `${eventing}/namespaces/zoo/brokers/a`, {
    accept: 'application/yaml',
  });
  expect(headers.get('content-type')).toBe('application/yaml');
  expect(parse(text)).toMatchObject({ kind: 'Broker', metadata: { name: 'a', namespace: 'zoo' } });
});

describe('as a Table', () => {
  test('Name first, then the columns of the kind; Age as kubectl shows it; metadata of the object', async () => {
    const { body } = await call(api, 'GET', `${eventing}/namespaces/shop/brokers`, { accept: tableAccept });
    expect(body).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    const names = body.columnDefinitions.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['Name', 'URL', 'Age', 'Ready', 'Reason', 'Class']);
    expect(body.rows[0].cells.slice(0, 5)).toEqual(['a', 'http://x.test/', '5m3s', 'False', 'Why']);
    expect(body.rows[1].cells.slice(0, 5)).toEqual(['b', null, '5m3s', null, null]);
    expect(body.rows[0].object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a', namespace: 'shop' },
    });
    expect(body.rows[0].object.status).toBeUndefined();
  });

  test('of one object; includeObject decides what a row carries', async () => {
    const get = async (include: string) =>
      (
        await call(api, 'GET', `${eventing}/namespaces/shop/brokers/a?includeObject=${include}`, {
          accept: tableAccept,
        })
      ).body;
    expect((await get('None')).rows).toEqual([{ cells: expect.anything() }]);
    expect((await get('Object')).rows[0].object.kind).toBe('Broker');
    expect((await get('Nonsense')).code).toBe(400);
  });

  test('metadata only', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';
    const { body } = await call(api, 'GET', `${eventing}/namespaces/zoo/brokers`, { accept });
    expect(body).toMatchObject({ kind: 'PartialObjectMetadataList', items: [{ metadata: { name: 'a' } }] });
    expect(body.items[0].spec).toBeUndefined();
  });
});
