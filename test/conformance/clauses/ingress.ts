/** What the address of a Broker answers. */
import { expect } from 'vitest';
import type { Sent } from '../support/events.ts';
import { call } from '../support/http.ts';
import { clause, world } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

/** The status an event is answered with, and that of a good event after it. */
async function answered(space: Space, sent: Sent): Promise<number> {
  await space.broker();
  const { status } = await space.post(sent);
  expect((await space.post({})).status).toBe(202);
  return status;
}

/** Events by clause, and how they are answered. */
const events: Readonly<Record<string, readonly [sent: Sent, status: number]>> = {
  'in.version-1.0': [{}, 202],
  'in.version-0.3': [{ attributes: { specversion: '0.3' } }, 202],
  'in.version-unknown': [{ attributes: { specversion: '19.0' } }, 400],
  'in.binary-json': [{ attributes: { datacontenttype: 'application/json' }, data: '{"a":1}' }, 202],
  'in.binary-xml': [{ attributes: { datacontenttype: 'application/xml' }, data: '<a/>' }, 202],
  'in.binary-thrift': [
    { attributes: { datacontenttype: 'application/vnd.apache.thrift.binary' }, data: new Uint8Array([0, 1, 255]) },
    202,
  ],
  'in.structured': [{ mode: 'structured', data: 'text' }, 202],
  'in.no-specversion': [{ attributes: { specversion: undefined } }, 400],
  'in.no-id': [{ headers: { 'ce-id': '' } }, 400],
  'in.no-source': [{ attributes: { source: undefined } }, 400],
  'in.no-type': [{ attributes: { type: undefined } }, 400],
  'in.bad-source': [{ attributes: { source: 'http://[bad' } }, 400],
  'in.bad-time': [{ attributes: { time: 'yesterday' } }, 400],
  'in.structured-missing': [{ mode: 'structured', attributes: { type: undefined } }, 400],
  'in.garbage': [{ attributes: { specversion: '9000.1' }, data: '{"garbage' }, 400],
};

for (const [id, [sent, status]] of Object.entries(events)) {
  clause(id, async (space) => expect(await answered(space, sent)).toBe(status));
}

clause('in.broken-json', async (space) => {
  await space.broker();
  const headers = { 'content-type': 'application/cloudevents+json' };
  const { status } = await call(space.ingress(), { method: 'POST', headers, body: '{"specversion": "1.0", ' });
  expect(status).toBe(400);
});

clause('in.no-event', async (space) => {
  await space.broker();
  const headers = { 'content-type': 'application/json' };
  expect((await call(space.ingress(), { method: 'POST', headers, body: '{}' })).status).toBe(400);
});

clause('in.unsupported-format', async (space) => {
  await space.broker();
  const headers = { 'content-type': 'application/cloudevents+avro' };
  expect((await call(space.ingress(), { method: 'POST', headers, body: 'x' })).status).toBe(415);
});

clause('in.accepted', async (space) => {
  await space.broker();
  const { status, text } = await space.post({ data: 'x' });
  expect([status, text]).toEqual([202, '']);
});

clause('in.get', async (space) => {
  await space.broker();
  expect((await call(space.ingress())).status).toBe(405);
});

clause('in.options', async (space) => {
  await space.broker();
  const { status, headers } = await call(space.ingress(), { method: 'OPTIONS' });
  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*', allow: 'POST, OPTIONS' });
});

clause('in.allow', async (space) => {
  await space.broker();
  const answers = await Promise.all([
    space.post({}),
    space.post({ attributes: { specversion: '19.0' } }),
    space.post({}, 'unknown'),
    call(space.ingress()),
    call(space.ingress(), { method: 'DELETE' }),
    call(`${world.server.dataUrl}/`, { method: 'POST' }),
    call(`${world.server.dataUrl}/a/b/c`, { method: 'POST' }),
    call(space.ingress(), { method: 'OPTIONS' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([202, 400, 404, 405, 405, 404, 400, 200]);
  expect(answers.map(({ headers }) => headers.allow)).toEqual(answers.map(() => 'POST, OPTIONS'));
});

clause('in.methods', async (space) => {
  await space.broker();
  const codes = await Promise.all(
    ['PUT', 'PATCH', 'DELETE'].map(async (method) => (await call(space.ingress(), { method, body: '{}' })).status),
  );
  expect(codes).toEqual([405, 405, 405]);
});

clause('in.head', async (space) => {
  await space.broker();
  expect((await call(space.ingress(), { method: 'HEAD' })).status).toBe(405);
});

/** Paths by clause, and how a good event to them is answered. */
const paths: Readonly<Record<string, readonly [path: (namespace: string) => string, status: number]>> = {
  'in.root': [() => '/', 404],
  'in.short-path': [(namespace) => `/${namespace}`, 400],
  'in.long-path': [(namespace) => `/${namespace}/default/more`, 400],
  'in.trailing-slash': [(namespace) => `/${namespace}/default/`, 202],
  'in.unknown-broker': [(namespace) => `/${namespace}/unknown`, 404],
};

const good = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/path', 'ce-type': 'path' };

for (const [id, [path, status]] of Object.entries(paths)) {
  clause(id, async (space) => {
    await space.broker();
    const url = world.server.dataUrl + path(space.namespace);
    expect((await call(url, { method: 'POST', headers: good })).status).toBe(status);
  });
}

clause('in.order-event-first', async (space) => {
  expect((await space.post({ attributes: { specversion: '19.0' } }, 'unknown')).status).toBe(400);
});

clause('in.order-ttl-last', async (space) => {
  expect((await space.post({ attributes: { knativebrokerttl: 0 } }, 'unknown')).status).toBe(404);
});

clause('in.order-method-first', async () => {
  expect((await call(`${world.server.dataUrl}/a/b/c`)).status).toBe(405);
});

clause('in.host', async (space) => {
  await space.broker();
  const hosts = ['broker-ingress.knative-eventing.svc.cluster.local', 'foreign.example'];
  const codes = await Promise.all(
    hosts.map(async (host) => (await call(space.ingress(), { method: 'POST', headers: { ...good, host } })).status),
  );
  expect(codes[0]).toBe(202);
  expect(codes[1]).toBeGreaterThanOrEqual(400);
});

clause('in.large', async (space) => {
  await space.broker();
  const tooMuch = { method: 'POST', headers: good, body: Buffer.alloc(10 * 2 ** 20 + 1) };
  const [answer] = await Promise.all([
    call(space.ingress(), tooMuch).catch((error: unknown) => String(error)),
    space.send(),
  ]);
  expect(answer).toMatchObject({ status: 413 });
});

clause('in.reason', async (space) => {
  await space.broker();
  const answers = await Promise.all([
    space.post({ attributes: { type: undefined } }),
    space.post({}, 'unknown'),
    call(space.ingress()),
    call(`${world.server.dataUrl}/a/b/c`, { method: 'POST', headers: good }),
    space.post({ attributes: { knativebrokerttl: 0 } }),
  ]);
  for (const { text, headers } of answers) {
    expect(headers['content-type']).toMatch(/^application\/json/);
    expect(text.trim()).not.toContain('\n');
    expect(JSON.parse(text)).toEqual({ error: expect.stringMatching(/\S/) });
  }
});
