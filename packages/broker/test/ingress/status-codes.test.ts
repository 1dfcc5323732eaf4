/** Status codes of ingress: the rows of reference 3.1 and the differences of design section 7, over real sockets. */
import { expect, test } from 'vitest';
import { route, send, startIngress } from './support/ingress.ts';

/** A condition that holds in the end; the limit is for a machine that is busy with other things. */
const until = <T>(probe: () => T | Promise<T>) => expect.poll(probe, { timeout: 10_000 });

const NO_CE = { 'ce-specversion': undefined, 'ce-id': undefined, 'ce-source': undefined, 'ce-type': undefined };
const STRUCTURED = { ...NO_CE, 'content-type': 'application/cloudevents+json' };
const BATCH = { ...NO_CE, 'content-type': 'application/cloudevents-batch+json' };
const one = (id: string, more = '') => `{"specversion":"1.0","id":"${id}","source":"/s","type":"t"${more}}`;
const oneLine = (text: RegExp) =>
  expect.stringMatching(new RegExp(`^{"error":"[^\\n]*(?:${text.source})[^\\n]*"}\\n$`));

test('every response: Allow: POST, OPTIONS', async () => {
  const { port } = await startIngress({ server: { bodyBytes: 100 } });
  for (const sent of [
    {},
    { method: 'OPTIONS' },
    { method: 'GET' },
    { path: '/' },
    { path: '/x' },
    { path: '/a/b' },
    { body: 'x'.repeat(101) },
  ] as const) {
    expect((await send(port, sent)).headers['allow']).toBe('POST, OPTIONS');
  }
});

test('row 1: OPTIONS gets 200 with the WebHook headers, on any path', async () => {
  const { port } = await startIngress();
  for (const path of ['/default/b', '/', '/nowhere/at/all']) {
    expect(await send(port, { method: 'OPTIONS', path })).toMatchObject({
      status: 200,
      headers: { 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' },
    });
  }
});

test.each(['GET', 'PUT', 'DELETE', 'PATCH'] as const)('row 2: %s gets 405', async (method) => {
  const { port } = await startIngress();
  expect(await send(port, { method })).toMatchObject({ status: 405, body: oneLine(/POST/) });
  expect(await send(port, { method, path: '/' })).toMatchObject({ status: 405 });
});

test('row 2: HEAD gets 405 without a body', async () => {
  const { port } = await startIngress();
  expect(await send(port, { method: 'HEAD' })).toMatchObject({ status: 405, body: '' });
});

test.each(['/', '/?a=b'])('row 3: %s gets 404', async (path) => {
  const { port } = await startIngress();
  expect(await send(port, { path })).toMatchObject({ status: 404, body: oneLine(/namespace/) });
});

test.each(['/b', '/default/b/more', '//b', '/default//', '//', '/default/b//'])(
  'row 4: the path %s gets 400',
  async (path) => {
    const { port } = await startIngress();
    expect(await send(port, { path })).toMatchObject({ status: 400, body: oneLine(/\/<namespace>\/<broker>/) });
  },
);

test('row 4: one trailing slash is tolerated', async () => {
  const { port } = await startIngress();
  expect(await send(port, { path: '/default/b/' })).toMatchObject({ status: 202 });
});

test('design 7: a query string is ignored', async () => {
  const { port } = await startIngress();
  expect(await send(port, { path: '/default/b?x=/y/z' })).toMatchObject({ status: 202 });
  expect(await send(port, { path: '/default/b/?' })).toMatchObject({ status: 202 });
});

test.each<[string, Record<string, string | undefined>, string, RegExp]>([
  ['no CloudEvents headers', NO_CE, '{}', /not a CloudEvent/],
  ['an unknown specversion', { 'ce-specversion': '19.0' }, '{}', /specversion/],
  ['broken JSON in structured mode', STRUCTURED, '{"specversion":"1.0"', /JSON|expected/],
  ['a batch that is no array', BATCH, one('a'), /array/],
])('row 6: %s gets 400', async (_, headers, body, text) => {
  const { port, log } = await startIngress();
  expect(await send(port, { headers, body })).toMatchObject({ status: 400, body: oneLine(text) });
  expect(log.calls).toEqual([]);
});

test.each([
  ['a missing specversion', { 'ce-specversion': undefined }, /specversion/],
  ['a missing id', { 'ce-id': undefined }, /id/],
  ['a missing source', { 'ce-source': undefined }, /source/],
  ['a missing type', { 'ce-type': undefined }, /type/],
  ['an empty id', { 'ce-id': '' }, /id/],
  ['a source that is no URI-reference', { 'ce-source': 'http://[' }, /source/],
  ['a time that is none', { 'ce-time': 'yesterday' }, /time/],
  ['an attribute name with a dash', { 'ce-my-ext': 'x' }, /my-ext/],
])('row 7: %s gets 400', async (_, headers, text) => {
  const { port } = await startIngress();
  expect(await send(port, { headers })).toMatchObject({ status: 400, body: oneLine(text) });
});

test('row 8: an unknown broker gets 404, after the event was judged', async () => {
  const { port } = await startIngress();
  expect(await send(port, { path: '/default/none' })).toMatchObject({ status: 404, body: oneLine(/\/default\/none/) });
  expect(await send(port, { path: '/default/none', headers: { 'ce-id': undefined } })).toMatchObject({ status: 400 });
  expect(await send(port, { path: '/default/B' })).toMatchObject({ status: 404 });
});

test.each(['1', '0', '-5', '-2147483648'])('row 10: the TTL %s is used up: 400', async (ttl) => {
  const { port, log } = await startIngress();
  expect(await send(port, { headers: { 'ce-knativebrokerttl': ttl } })).toMatchObject({
    status: 400,
    body: oneLine(/knativebrokerttl/),
  });
  expect(log.calls).toEqual([]);
});

test.each([
  ['absent', undefined, '255'],
  ['no integer', 'many', '255'],
  ['a fraction', '7.5', '255'],
  ['beyond 32 bits', '2147483648', '255'],
  ['2', '2', '1'],
  ['255', '255', '254'],
  ['1000', '1000', '999'],
])('3.1: a TTL that is %s is stored as %s → %s', async (_, ttl, stored) => {
  const { port, log } = await startIngress();
  expect(await send(port, { headers: { 'ce-knativebrokerttl': ttl } })).toMatchObject({ status: 202 });
  expect(log.events[0]?.attributes['knativebrokerttl']).toBe(stored);
});

test('3.1: the default TTL is an option (MAX_TTL)', async () => {
  const { port, log } = await startIngress({ limits: { ttl: 7 } });
  await send(port);
  expect(log.events[0]?.attributes['knativebrokerttl']).toBe('7');
});

test('3.1: knativearrivaltime is the time of arrival, RFC 3339, and overwrites what came', async () => {
  const { port, log } = await startIngress();
  const before = Date.now();
  await send(port, { headers: { 'ce-knativearrivaltime': '1999-01-01T00:00:00Z' } });
  const stamped = log.events[0]?.attributes['knativearrivaltime'] ?? '';
  expect(stamped).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(Date.parse(stamped)).toBeGreaterThanOrEqual(before);
  expect(Date.parse(stamped)).toBeLessThanOrEqual(Date.now());
});

test('row 13: accepted: 202 with an empty body', async () => {
  const { port, log } = await startIngress();
  expect(await send(port)).toMatchObject({ status: 202, body: '', headers: { 'content-length': '0' } });
  expect(log.calls).toHaveLength(1);
});

test('3.1: 0.3 is accepted and kept', async () => {
  const { port, log } = await startIngress();
  expect(await send(port, { headers: { 'ce-specversion': '0.3' } })).toMatchObject({ status: 202 });
  expect(log.events[0]?.specversion).toBe('0.3');
});

test.each(['application/xml', 'application/vnd.apache.thrift.binary', 'text/plain', 'application/json'])(
  '12.2: binary mode with content type %s gets 202',
  async (type) => {
    const { port } = await startIngress();
    expect(await send(port, { headers: { 'content-type': type }, body: '\u0000<x/>' })).toMatchObject({ status: 202 });
  },
);

test.each([
  'application/cloudevents+avro',
  'application/cloudevents+xml',
  'application/cloudevents',
  'application/cloudevents+json; charset=utf-16',
])('415: the CloudEvents format %s is not spoken here', async (type) => {
  const { port } = await startIngress();
  expect(await send(port, { headers: { ...NO_CE, 'content-type': type } })).toMatchObject({
    status: 415,
    body: oneLine(/cloudevents\+json/),
  });
});

test('413: a body over the limit, announced or streamed', async () => {
  const { port, log } = await startIngress({ server: { bodyBytes: 1_000 } });
  expect(await send(port, { body: 'x'.repeat(1_001) })).toMatchObject({ status: 413, body: oneLine(/1000 bytes/) });
  expect(await send(port, { body: 'x'.repeat(1_000) })).toMatchObject({ status: 202 });
  expect(log.calls).toHaveLength(1);
});

test('design 7: a batch is accepted, in one append and in its order', async () => {
  const { port, log } = await startIngress();
  expect(await send(port, { headers: BATCH, body: `[${one('a')},${one('b')},${one('c')}]` })).toMatchObject({
    status: 202,
  });
  expect(log.calls).toHaveLength(1);
  expect(log.events.map(({ attributes }) => attributes['id'])).toEqual(['a', 'b', 'c']);
});

test('design 7: a batch is all or nothing, and the answer names the event', async () => {
  const { port, log } = await startIngress();
  const broken = await send(port, {
    headers: BATCH,
    body: `[${one('a')},{"specversion":"1.0","id":"b","source":"/s"}]`,
  });
  expect(broken).toMatchObject({ status: 400, body: oneLine(/event 2 of the batch/) });
  const spent = await send(port, { headers: BATCH, body: `[${one('a')},${one('b', ',"knativebrokerttl":1')}]` });
  expect(spent).toMatchObject({ status: 400, body: oneLine(/event 2 of the batch.*knativebrokerttl/) });
  expect(log.calls).toEqual([]);
});

test('a batch with nothing in it is accepted, one with too much gets 413', async () => {
  const { port, log } = await startIngress({ limits: { batchEvents: 2 } });
  expect(await send(port, { headers: BATCH, body: '[]' })).toMatchObject({ status: 202 });
  expect(await send(port, { headers: BATCH, body: `[${one('a')},${one('b')},${one('c')}]` })).toMatchObject({
    status: 413,
  });
  expect(log.calls).toEqual([]);
});

test('202 only after it is durable: an append that does not end gets no answer', async () => {
  const { port, log } = await startIngress();
  const durable = Promise.withResolvers<{ kind: 'appended'; positions: [] }>();
  log.outcome = durable.promise;
  let answered = false;
  const sending = send(port).then((answer) => {
    answered = true;
    return answer;
  });
  await until(() => log.calls.length).toBe(1);
  log.outcome = undefined;
  // Another event goes all the way meanwhile: the first one had every chance.
  expect(await send(port)).toMatchObject({ status: 202 });
  expect(answered).toBe(false);
  durable.resolve({ kind: 'appended', positions: [] });
  expect(await sending).toMatchObject({ status: 202 });
});

test('4.5: a full log gets 503 with Retry-After and names who holds it', async () => {
  const subscription = { uid: 'uid-t', kind: 'Trigger', namespace: 'team', name: 'slow' };
  const { port, log } = await startIngress({ routes: [route('b', { subscriptions: [subscription as never] })] });
  log.outcome = { kind: 'full', reason: '1 GiB is used', heldBy: ['uid-t', 'uid-x'] };
  expect(await send(port)).toMatchObject({
    status: 503,
    headers: { 'retry-after': '10' },
    body: oneLine(/full: 1 GiB is used; unsettled events of Trigger team\/slow, subscription uid-x hold it/),
  });
});

test('4.5: a busy log gets 503 with the seconds it asked for; a failed and an unopened one with some', async () => {
  const { port, log } = await startIngress({ routes: [route('b'), route('closed')] });
  log.outcome = { kind: 'busy', retryAfterMs: 2_100 };
  expect(await send(port)).toMatchObject({ status: 503, headers: { 'retry-after': '3' } });
  log.outcome = { kind: 'failed', reason: 'disk\nbroke' };
  expect(await send(port)).toMatchObject({ status: 503, headers: { 'retry-after': '5' }, body: oneLine(/disk broke/) });
  expect(await send(port, { path: '/default/closed' })).toMatchObject({ status: 503, headers: { 'retry-after': '1' } });
});

test('4.5: too many requests under way get 429 with Retry-After', async () => {
  const { port, log } = await startIngress({ server: { requests: 1 } });
  log.outcome = new Promise(() => {});
  const stuck = send(port).catch(() => 'cut');
  await until(() => log.calls.length).toBe(1);
  expect(await send(port)).toMatchObject({ status: 429, headers: { 'retry-after': '1', allow: 'POST, OPTIONS' } });
  expect(log.calls).toHaveLength(1);
  void stuck;
});

test('issue 3, part 5: a foreign Host gets 421, a foreign Origin 403, before anything else', async () => {
  const { port } = await startIngress();
  expect(await send(port, { headers: { host: 'evil.example' } })).toMatchObject({ status: 421 });
  expect(await send(port, { method: 'OPTIONS', headers: { host: 'evil.example' } })).toMatchObject({ status: 421 });
  expect(await send(port, { headers: { origin: 'http://evil.example' } })).toMatchObject({ status: 403 });
  expect(await send(port, { headers: { host: 'millrace.test:80', origin: 'http://localhost:3000' } })).toMatchObject({
    status: 202,
  });
});

test('a Host of an object reaches that object and no other; it goes when the object goes', async () => {
  const host = 'broker-ingress.knative-eventing.svc.cluster.local';
  const { port, ingress } = await startIngress({ routes: [route('a', { hosts: [host] }), route('b')] });
  expect(await send(port, { path: '/default/a', headers: { host } })).toMatchObject({ status: 202 });
  expect(await send(port, { path: '/default/b', headers: { host } })).toMatchObject({ status: 404 });
  ingress.apply({ logs: [route('b')] });
  expect(await send(port, { path: '/default/b', headers: { host } })).toMatchObject({ status: 421 });
  expect(await send(port, { path: '/default/a' })).toMatchObject({ status: 404 });
});

test('metrics: accepted with size per broker, rejected by reason, forgotten with the broker', async () => {
  const { port, metrics, ingress } = await startIngress({ server: { bodyBytes: 100 } });
  await send(port);
  await send(port, { headers: BATCH, body: `[${one('a')}]` });
  await send(port, { method: 'GET' });
  await send(port, { path: '/default/none' });
  await send(port, { headers: { 'ce-id': undefined } });
  await send(port, { body: 'x'.repeat(101) });
  expect(metrics.nonZero).toEqual({
    'millrace.ingress.accepted default b': 2,
    'millrace.ingress.accepted.size default b': 10 + one('a').length + 2,
    'millrace.ingress.rejected method': 1,
    'millrace.ingress.rejected unknown-broker': 1,
    'millrace.ingress.rejected undecodable': 1,
    'millrace.ingress.rejected body-too-large': 1,
  });
  expect(metrics.counts.get('millrace.ingress.rejected log-full')).toBe(0);
  ingress.apply({ logs: [] });
  expect([...metrics.counts.keys()].filter((key) => key.includes('accepted'))).toEqual([]);
});
