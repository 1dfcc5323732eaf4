import { kinds } from '@millrace/api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call, type RunningApi, startApi } from './support.ts';

let api: RunningApi;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

test('/api names the core versions', async () => {
  const { status, body } = await call(api, 'GET', '/api');
  expect(status).toBe(200);
  expect(body).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
});

test('/apis names each group with its versions and the preferred one', async () => {
  const { body } = await call(api, 'GET', '/apis');
  expect(body).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' });
  const sources = body.groups.find(({ name }: { name: string }) => name === 'sources.knative.dev');
  expect(sources.preferredVersion).toEqual({ groupVersion: 'sources.knative.dev/v1', version: 'v1' });
  expect(sources.versions.map(({ version }: { version: string }) => version)).toContain('v1beta2');
  const group = await call(api, 'GET', '/apis/sources.knative.dev');
  expect(group.body).toMatchObject({ kind: 'APIGroup', name: 'sources.knative.dev', versions: sources.versions });
});

test('every served version of every kind is in the resource list of its group and version', async () => {
  for (const kind of kinds) {
    for (const version of kind.versions) {
      const path = kind.group === '' ? `/api/${version}` : `/apis/${kind.group}/${version}`;
      const { body } = await call(api, 'GET', path);
      expect(body.kind).toBe('APIResourceList');
      expect(body.resources).toContainEqual(
        expect.objectContaining({
          name: kind.plural,
          kind: kind.kind,
          namespaced: kind.namespaced,
          singularName: kind.singular,
        }),
      );
    }
  }
});

test('status is a resource of its own where objects have one', async () => {
  const names = (body: { resources: { name: string }[] }) => body.resources.map(({ name }) => name);
  expect(names((await call(api, 'GET', '/apis/eventing.knative.dev/v1')).body)).toContain('brokers/status');
  expect(names((await call(api, 'GET', '/api/v1')).body)).not.toContain('configmaps/status');
});

test.each(['v2', 'v2beta1'])('aggregated discovery %s is told by its content type', async (v) => {
  const type = `application/json;g=apidiscovery.k8s.io;v=${v};as=APIGroupDiscoveryList`;
  const { headers, body } = await call(api, 'GET', '/apis', { accept: `${type},application/json` });
  expect(headers.get('content-type')).toBe(type);
  expect(body).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: `apidiscovery.k8s.io/${v}` });
  const eventing = body.items.find(
    (item: { metadata: { name: string } }) => item.metadata.name === 'eventing.knative.dev',
  );
  const brokers = eventing.versions[0].resources.find(({ resource }: { resource: string }) => resource === 'brokers');
  expect(brokers).toMatchObject({
    responseKind: { group: 'eventing.knative.dev', version: 'v1', kind: 'Broker' },
    scope: 'Namespaced',
    singularResource: 'broker',
  });
  expect(brokers.verbs).toContain('watch');
});

test('/version says which Kubernetes API this is and which Millrace', async () => {
  const { body } = await call(api, 'GET', '/version');
  expect(body.gitVersion).toMatch(/^v1\.\d+\.0\+millrace-1\.2\.3$/);
});

test('OpenAPI v3: every reference leads to a schema, and a patch takes fieldValidation', async () => {
  const { body } = await call(api, 'GET', '/openapi/v3');
  const paths = Object.entries<{ serverRelativeURL: string }>(body.paths);
  expect(paths.map(([path]) => path)).toContain('apis/eventing.knative.dev/v1');
  for (const [, { serverRelativeURL }] of paths) {
    const document = await call(api, 'GET', serverRelativeURL);
    const refs = [...document.text.matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name);
    expect(refs.length).toBeGreaterThan(0);
    for (const ref of refs) expect(document.body.components.schemas).toHaveProperty([ref!]);
    for (const item of Object.values<{ patch: { parameters: { name: string }[] } }>(document.body.paths)) {
      expect(item.patch.parameters.map(({ name }) => name)).toContain('fieldValidation');
    }
  }
});

test.each([
  '/api/v2',
  '/api/v1/nosuch',
  '/apis/nosuch.dev',
  '/apis/eventing.knative.dev/v9',
  '/apis/eventing.knative.dev/v1/namespaces/shop/brokers/x/status/more',
  '/apis/eventing.knative.dev/v1/namespaces/shop/brokers/x/scale',
  '/apis/eventing.knative.dev/v1/brokers/x',
  '/api/v1/namespaces/shop/namespaces',
  '/api/v1/namespaces/shop/configmaps/x/status',
  '/openapi/v2',
  '/openapi/v3/nosuch',
])('%s: 404 with a Status', async (path) => {
  const { status, body } = await call(api, 'GET', path);
  expect(status).toBe(404);
  expect(body).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'the server could not find the requested resource',
    reason: 'NotFound',
    details: {},
    code: 404,
  });
});
