import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryPersistence } from '../../src/store/index.ts';
import { broker, call, eventing, type RunningApi, startApi } from './support.ts';

const shop = `${eventing}/namespaces/shop/brokers`;
const triggers = `${eventing}/namespaces/shop/triggers`;

let api: RunningApi;
beforeAll(async () => {
  api = await startApi({ bodyBytes: 10_000 });
  await api.store.create(broker('one'));
});
afterAll(() => api.close());

test('422: the text of the webhook (reference section 0.3) and one cause for each field', async () => {
  const body = { metadata: { name: 'bad' }, spec: { broker: 'default', subscriber: {} } };
  const { status, body: answer } = await call(api, 'POST', triggers, { body });
  expect(status).toBe(422);
  expect(answer).toMatchObject({ kind: 'Status', status: 'Failure', reason: 'Invalid', code: 422 });
  expect(answer.message).toBe(
    'admission webhook "validation.webhook.eventing.knative.dev" denied the request: validation failed: ' +
      'expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri',
  );
  expect(answer.details).toMatchObject({ name: 'bad', group: 'eventing.knative.dev', kind: 'Trigger' });
  expect(answer.details.causes.map(({ field }: { field: string }) => field)).toEqual([
    'spec.subscriber.ref',
    'spec.subscriber.uri',
  ]);
});

test('422 for a core kind, which no webhook checks', async () => {
  const body = { metadata: { name: 'UPPER' } };
  const answer = (await call(api, 'POST', '/api/v1/namespaces/shop/configmaps', { body })).body;
  expect(answer).toMatchObject({ code: 422, reason: 'Invalid' });
  expect(answer.message).toMatch(/^ConfigMap "UPPER" is invalid: invalid value: UPPER: metadata\.name/);
});

describe('400 BadRequest', () => {
  test.each([
    ['no JSON', '{"a":', /not valid JSON/],
    ['no UTF-8', Buffer.from([0x22, 0xff, 0x22]), /not UTF-8/],
    ['no object', '[]', /not an object/],
    ['nothing', '', /no body/],
    ['metadata that is none', '{"metadata":"x"}', /metadata is not an object/],
    ['another kind', '{"kind":"Trigger","metadata":{"name":"x"}}', /kind of the object \(Trigger\) does not match/],
    [
      'another version',
      '{"apiVersion":"eventing.knative.dev/v9","metadata":{"name":"x"}}',
      /API version of the object/,
    ],
    ['another namespace', '{"metadata":{"name":"x","namespace":"y"}}', /namespace of the object \(y\) does not match/],
  ])('%s', async (_, body, message) => {
    const answer = await call(api, 'POST', shop, { body });
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ kind: 'Status', reason: 'BadRequest', code: 400 });
    expect(answer.body.message).toMatch(message);
  });

  test.each([
    ['?labelSelector=a%20b%20c', /label selector/],
    ['?fieldSelector=spec.x%3D1', /field label not supported/],
    ['?limit=many', /limit: expected a number/],
    ['?continue=garbage', /continue: not a token/],
    ['?watch=true&resourceVersion=abc', /resourceVersion: expected a number/],
    ['?watch=true&timeoutSeconds=-1', /timeoutSeconds: expected a number/],
  ])('GET %s', async (query, message) => {
    const answer = await call(api, 'GET', shop + query);
    expect(answer.status).toBe(400);
    expect(answer.body.message).toMatch(message);
  });

  test('a name in the body that is not the one of the path', async () => {
    expect((await call(api, 'PUT', `${shop}/one`, { body: broker('two') })).status).toBe(400);
  });

  test('dryRun other than All', async () => {
    expect((await call(api, 'POST', `${shop}?dryRun=Some`, { body: broker('x') })).status).toBe(400);
  });

  test.each([
    ['application/merge-patch+json', '[]'],
    ['application/json-patch+json', '{}'],
    ['application/apply-patch+yaml', 'a: [b'],
    ['application/apply-patch+yaml', `a: &a [x]\nb: [${'*a,'.repeat(200)}]`],
    ['application/merge-patch+json', `{"spec":${'['.repeat(3_000)}${']'.repeat(3_000)}}`],
    ['application/apply-patch+yaml', `spec: ${'['.repeat(4_000)}${']'.repeat(4_000)}`],
  ])('a patch (%s) of the wrong shape', async (type, body) => {
    expect((await call(api, 'PATCH', `${shop}/one?fieldManager=x`, { body, type })).status).toBe(400);
  });
});

test.each([
  ['POST', shop, 'text/csv'],
  ['PUT', `${shop}/one`, 'application/xml'],
  ['PATCH', `${shop}/one`, 'application/json'],
  ['DELETE', `${shop}/one`, 'application/xml'],
])('%s with a media type that is not taken: 415', async (method, path, type) => {
  const answer = await call(api, method, path, { body: '{}', type });
  expect(answer.status).toBe(415);
  expect(answer.body).toMatchObject({ reason: 'UnsupportedMediaType', code: 415 });
  expect(answer.body.message).toContain('accepted media types include');
});

test.each(['/api', '/apis', '/version', shop, `${shop}/one`])(
  '%s in a media type that is not served: 406',
  async (path) => {
    const answer = await call(api, 'GET', path, { accept: 'text/html' });
    expect(answer.status).toBe(406);
    expect(answer.body).toMatchObject({ reason: 'NotAcceptable', code: 406 });
  },
);

test('a body above the limit: 413', async () => {
  const answer = await call(api, 'POST', shop, { body: `"${'x'.repeat(20_000)}"` });
  expect(answer.status).toBe(413);
  expect(answer.body).toMatchObject({ reason: 'RequestEntityTooLarge', code: 413 });
});

test.each([
  ['PUT', shop, 'GET, POST, DELETE'],
  ['POST', `${eventing}/brokers`, 'GET'],
  ['DELETE', `${eventing}/brokers`, 'GET'],
  ['POST', `${shop}/one`, 'GET, PUT, PATCH, DELETE'],
  ['DELETE', `${shop}/one/status`, 'GET, PUT, PATCH'],
  ['POST', '/apis', 'GET'],
  ['DELETE', '/version', 'GET'],
])('%s %s: 405 with Allow', async (method, path, allow) => {
  const answer = await call(api, method, path);
  expect(answer.status).toBe(405);
  expect(answer.headers.get('allow')).toBe(allow);
  expect(answer.body).toMatchObject({ reason: 'MethodNotAllowed', code: 405 });
});

test('410: a version that this store never gave', async () => {
  for (const query of ['?resourceVersion=999999', '?watch=true&resourceVersion=999999']) {
    const answer = await call(api, 'GET', shop + query);
    expect(answer.status).toBe(410);
    expect(answer.body).toMatchObject({ reason: 'Expired', code: 410 });
  }
});

test('a path that cannot be decoded: 400', async () => {
  expect((await call(api, 'GET', `${shop}/%E0%A4%A`)).status).toBe(400);
});

test('__proto__ in a body is a field like any other, and unknown', async () => {
  const answer = await call(api, 'POST', shop, { body: '{"metadata":{"name":"p"},"spec":{"__proto__":{"x":1}}}' });
  expect(answer.status).toBe(422);
  expect(Object.hasOwn(Object.prototype, 'x')).toBe(false);
});

test('503 with Retry-After when the store cannot write, and no stack', async () => {
  const write = async () => {
    throw new Error('ENOSPC: no space left on device');
  };
  const full = await startApi({ persistence: { ...memoryPersistence(), write } });
  const answer = await call(full, 'POST', shop, { body: broker('one') });
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).toBe('1');
  expect(answer.body).toMatchObject({ reason: 'ServiceUnavailable', details: { retryAfterSeconds: 1 } });
  expect(answer.text).not.toMatch(/at .*\.ts/);
  await full.close();
});

test('none of this was an error of the server', () => {
  expect(api.errors).toEqual([]);
});
