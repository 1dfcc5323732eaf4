/** What the address of a channel answers: reference 5.1 and 12.3. */
import { expect } from 'vitest';
import { requiredAttributes } from '../ledger/channels.ts';
import { addressOf } from '../support/api.ts';
import { channel, send, subscribed } from '../support/channels.ts';
import { post, type Sent } from '../support/events.ts';
import { call } from '../support/http.ts';
import { channelClause, world } from '../support/suite.ts';
import type { ChannelKind } from '../support/target.ts';
import type { Space } from '../support/world.ts';

const good = { 'ce-specversion': '1.0', 'ce-id': '1', 'ce-source': '/path', 'ce-type': 'path' };

const made = async (space: Space, kind: ChannelKind): Promise<string> => addressOf(await channel(space, kind, 'c'));

channelClause('channel.allow', async (space, kind) => {
  const url = await made(space, kind);
  const answers = await Promise.all([
    post(url, {}),
    post(url, { attributes: { specversion: '19.0' } }),
    post(`${url}-unknown`, {}),
    call(url),
    call(url, { method: 'OPTIONS' }),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([202, 400, 404, 405, 200]);
  expect(answers.map(({ headers }) => headers.allow)).toEqual(answers.map(() => 'POST, OPTIONS'));
});

channelClause('channel.options', async (space, kind) => {
  const { status, headers } = await call(await made(space, kind), { method: 'OPTIONS' });
  expect(status).toBe(200);
  expect(headers).toMatchObject({ 'webhook-allowed-origin': '*', 'webhook-allowed-rate': '*' });
});

channelClause('channel.method', async (space, kind) => {
  const url = await made(space, kind);
  const methods = ['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD'];
  const codes = await Promise.all(methods.map(async (method) => (await call(url, { method })).status));
  expect(codes).toEqual(methods.map(() => 405));
});

channelClause('channel.malformed', async (space, kind) => {
  const url = await made(space, kind);
  const bodies: readonly (readonly [Record<string, string>, string])[] = [
    [{ 'content-type': 'application/json' }, '{}'],
    [{ 'content-type': 'application/cloudevents+json' }, '{"specversion": "1.0", '],
    [{ ...good, 'ce-specversion': '9000.1' }, '{"garbage'],
  ];
  const codes = await Promise.all(
    bodies.map(async ([headers, body]) => (await call(url, { method: 'POST', headers, body })).status),
  );
  expect(codes).toEqual([400, 400, 400]);
});

channelClause('channel.malformed-path', async (space, kind) => {
  await made(space, kind);
  const url = `${world.server.dataUrl}/channels/${space.namespace}/c/more`;
  expect((await call(url, { method: 'POST', headers: good, body: 'x' })).status).toBe(400);
});

channelClause('channel.accepted', async (space, kind) => {
  const { status, text } = await post(await made(space, kind), { data: 'x' });
  expect([status, text]).toEqual([202, '']);
});

channelClause('channel.unknown', async (space, kind) => {
  const url = await made(space, kind);
  expect((await post(url.replace(/\/c$/, '/other'), {})).status).toBe(404);
});

/** The status of a good event by Host and path. */
async function byHost(host: string, path = '/'): Promise<number> {
  const { dataUrl } = world.server;
  return (await call(`${dataUrl}${path}`, { method: 'POST', headers: { ...good, host }, body: 'x' })).status;
}

channelClause('channel.by-host', async (space, kind) => {
  const sink = space.probe('sink');
  await subscribed(space, kind, { subscriber: sink });
  expect(await byHost(`c-kn-channel.${space.namespace}.svc.cluster.local`)).toBe(202);
  expect((await sink.one()).id).toBe('1');
  expect(await byHost(`other-kn-channel.${space.namespace}.svc.cluster.local`)).toBe(404);
});

channelClause('channel.by-host-port', async (space, kind) => {
  await made(space, kind);
  expect(await byHost(`c-kn-channel.${space.namespace}.svc.cluster.local:80`)).toBe(202);
});

channelClause('channel.by-host-path', async (space, kind) => {
  await made(space, kind);
  expect(await byHost(`c-kn-channel.${space.namespace}.svc.cluster.local`, '/some/path')).toBe(400);
});

channelClause('channel.by-path', async (space, kind) => {
  const sink = space.probe('sink');
  await subscribed(space, kind, { subscriber: sink });
  const id = await send(`${world.server.dataUrl}/channels/${space.namespace}/c`);
  expect((await sink.one()).id).toBe(id);
});

const dispatchers: Readonly<Record<string, string>> = {
  InMemoryChannel: 'imc-dispatcher.knative-eventing.svc.cluster.local',
  KafkaChannel: 'kafka-channel-ingress.knative-eventing.svc.cluster.local',
};

channelClause(
  'channel.by-dispatcher',
  async (space, kind) => {
    const sink = space.probe('sink');
    await subscribed(space, kind, { subscriber: sink });
    expect(await byHost(dispatchers[kind.kind] ?? '', `/${space.namespace}/c`)).toBe(202);
    expect((await sink.one()).id).toBe('1');
  },
  Object.keys(dispatchers),
);

channelClause('channel.endpoint', async (space, kind) => {
  expect(new URL(await made(space, kind)).protocol).toMatch(/^https?:$/);
});

/** Sends one event through a channel and gives what came. */
async function through(space: Space, kind: ChannelKind, sent: Sent) {
  const sink = space.probe('sink');
  await send(await subscribed(space, kind, { subscriber: sink }), sent);
  return sink.one();
}

for (const version of ['1.0', '0.3']) {
  channelClause(`channel.version-${version}`, async (space, kind) => {
    const { headers } = await through(space, kind, { attributes: { specversion: version } });
    expect(headers['ce-specversion']).toBe(version);
  });
}

for (const name of requiredAttributes) {
  channelClause(`channel.no-${name}`, async (space, kind) => {
    const url = await made(space, kind);
    const headers = Object.fromEntries(Object.entries(good).filter(([header]) => header !== `ce-${name}`));
    const { status } = await call(url, { method: 'POST', headers, body: 'x' });
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
  });
}

channelClause('channel.binary', async (space, kind) => {
  const { headers, body } = await through(space, kind, {
    attributes: { datacontenttype: 'application/json' },
    data: '{"a": 1.0}',
  });
  expect([headers['content-type'], body.toString()]).toEqual(['application/json', '{"a": 1.0}']);
});

channelClause('channel.structured', async (space, kind) => {
  const sink = space.probe('sink');
  const url = await subscribed(space, kind, { subscriber: sink });
  const id = await send(url, { mode: 'structured', data: 'text', attributes: { subject: 'here' } });
  const { headers, body } = await sink.one();
  const isStructured = headers['content-type']?.startsWith('application/cloudevents+json') === true;
  const came: unknown = isStructured
    ? JSON.parse(body.toString())
    : { id: headers['ce-id'], subject: headers['ce-subject'], data: body.toString() };
  expect(came).toMatchObject({ id, subject: 'here', data: 'text' });
});

channelClause('channel.attributes', async (space, kind) => {
  const attributes = {
    id: 'unchanged',
    type: 'com.example.type',
    source: 'urn:example:source',
    subject: 'a%20subject',
    time: '2026-01-31T09:30:00.123456789+02:00',
    dataschema: 'http://schema.example/1',
    myextension: 'value',
  };
  const data = '{ "n": 12345678901234567890, "x": 1.0, "x": 1.0 }';
  const { headers, body } = await through(space, kind, {
    attributes: { ...attributes, datacontenttype: 'application/json' },
    data,
  });
  const wanted = Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce-${name}`, value]));
  const came = Object.entries(headers).filter(
    ([name]) => name.startsWith('ce-') && !name.startsWith('ce-knativekafka'),
  );
  expect(Object.fromEntries(came)).toEqual({ 'ce-specversion': '1.0', ...wanted });
  expect(body.toString()).toBe(data);
});

channelClause('channel.header', async (space, kind) => {
  const { headers } = await through(space, kind, { headers: { 'knative-hello': 'world', 'x-secret': 'no' } });
  expect([headers['knative-hello'], headers['x-secret']]).toEqual(['world', undefined]);
});

channelClause('channel.prefer', async (space, kind) => {
  const { headers } = await through(space, kind, {});
  expect([headers['prefer'], headers['kn-namespace']]).toEqual(['reply', space.namespace]);
});
