/** Sources that need no cluster: what they emit, on the wire. */
import { createHmac } from 'node:crypto';
import { expect } from 'vitest';
import type { Json, Thing } from '../support/api.ts';
import { call } from '../support/http.ts';
import { failFirst, type Probe, status } from '../support/probe.ts';
import { clause, world } from '../support/suite.ts';
import { until } from '../support/until.ts';
import type { Space } from '../support/world.ts';

const everySecond = '* * * * * *';

/** A PingSource that emits each second until its first event came, and that event. */
async function ping(space: Space, spec: Json, sink: Probe = space.probe('sink')) {
  await space.create(space.thing('PingSource', 'ping', { schedule: everySecond, sink: { uri: sink.url }, ...spec }));
  const [first] = await sink.atLeast(1);
  await space.api.remove('PingSource', space.namespace, 'ping');
  if (!first) throw new Error('no event came');
  return first;
}

clause('ping.type', async (space) => {
  const { headers } = await ping(space, {});
  expect([headers['ce-type'], headers['ce-source']]).toEqual([
    'dev.knative.sources.ping',
    `/apis/v1/namespaces/${space.namespace}/pingsources/ping`,
  ]);
});

clause('ping.kn-namespace', async (space) => {
  expect((await ping(space, {})).headers['kn-namespace']).toBe(space.namespace);
});

clause('ping.ref', async (space) => {
  const sink = space.probe('sink');
  await space.create(space.thing('Service', 'consumer', {}, { 'millrace.dev/url': sink.url }));
  const event = await ping(
    space,
    { data: 'by ref', sink: { ref: { apiVersion: 'v1', kind: 'Service', name: 'consumer' } } },
    sink,
  );
  expect(event.body.toString()).toBe('by ref');
});

clause('ping.uri', async (space) => {
  expect((await ping(space, { data: 'by uri' })).body.toString()).toBe('by uri');
});

clause('ping.base64', async (space) => {
  const bytes = Buffer.from([0, 255, 128, 10]);
  const event = await ping(space, { dataBase64: bytes.toString('base64'), contentType: 'application/octet-stream' });
  expect([...event.body]).toEqual([...bytes]);
});

clause('ping.six-fields', async (space) => {
  const spec = { schedule: '10 0/1 * * * ?', sink: { uri: space.probe('other').url } };
  await space.create(space.thing('PingSource', 'tenth-second', spec));
  await space.ready('PingSource', 'tenth-second');
  await ping(space, { schedule: '* * * * * ?' });
});

clause('ping.overrides', async (space) => {
  const { headers } = await ping(space, { ceOverrides: { extensions: { origin: 'here', stage: 'test' } } });
  expect([headers['ce-origin'], headers['ce-stage']]).toEqual(['here', 'test']);
});

clause('ping.data', async (space) => {
  const data = '{ "n": 1.0,  "big": 12345678901234567890 }';
  const { headers, body } = await ping(space, { data, contentType: 'application/json' });
  expect([headers['content-type'], body.toString()]).toEqual(['application/json', data]);
});

clause('ping.no-content-type', async (space) => {
  expect((await ping(space, { data: 'plain' })).headers['content-type']).toBeUndefined();
});

clause('ping.attributes', async (space) => {
  const sink = space.probe('sink');
  const startMs = Date.now();
  await space.create(space.thing('PingSource', 'ping', { schedule: everySecond, sink: { uri: sink.url } }));
  const came = await sink.atLeast(2);
  await space.api.remove('PingSource', space.namespace, 'ping');
  expect(new Set(came.map(({ id }) => id)).size).toBe(came.length);
  const times = came.map(({ headers }) => Date.parse(String(headers['ce-time'])));
  for (const time of times) expect(time).toBeGreaterThanOrEqual(startMs - 1_000);
});

clause('ping.binary', async (space) => {
  const { headers } = await ping(space, { data: '{}', contentType: 'application/json' });
  expect([headers['ce-specversion'], headers['content-type']]).toEqual(['1.0', 'application/json']);
});

clause('ping.v1beta2', async (space) => {
  const sink = space.probe('sink');
  const spec = {
    schedule: everySecond,
    timezone: 'Europe/Paris',
    data: 'old',
    contentType: 'text/plain',
    sink: { uri: sink.url },
    ceOverrides: { extensions: { a: 'b' } },
  };
  const thing: Thing = { ...space.thing('PingSource', 'ping', spec), apiVersion: 'sources.knative.dev/v1beta2' };
  const { code, body } = await space.api.create(thing);
  expect([code, body.apiVersion, body.spec]).toEqual([201, 'sources.knative.dev/v1beta2', spec]);
  const stored = await space.api.get('PingSource', space.namespace, 'ping');
  expect([stored.body.apiVersion, stored.body.spec]).toEqual(['sources.knative.dev/v1', spec]);
  const [event] = await sink.atLeast(1);
  await space.api.remove('PingSource', space.namespace, 'ping');
  expect([event?.body.toString(), event?.headers['ce-a']]).toEqual(['old', 'b']);
});

clause('ping.default-schedule', async (space) => {
  const { spec } = await space.create(space.thing('PingSource', 'ping', { sink: { uri: space.probe('sink').url } }));
  expect(spec?.['schedule']).toBe('* * * * *');
});

clause('ping.timezone', async (space) => {
  const sink = { uri: space.probe('sink').url };
  await space.create(space.thing('PingSource', 'field', { schedule: '0 9 * * *', timezone: 'Asia/Tokyo', sink }));
  await space.create(space.thing('PingSource', 'inline', { schedule: 'CRON_TZ=Asia/Tokyo 0 9 * * *', sink }));
  await space.create(space.thing('PingSource', 'short', { schedule: 'TZ=UTC @hourly', sink }));
  for (const name of ['field', 'inline', 'short']) await space.ready('PingSource', name);
});

clause('ping.retry', async (space) => {
  const sink = space.probe('sink', failFirst(2, 503));
  await space.create(space.thing('PingSource', 'ping', { schedule: everySecond, sink: { uri: sink.url } }));
  await until(
    'an event comes again',
    async () => sink.received.map(({ id }) => id),
    (ids) => new Set(ids).size < ids.length,
  );
  await space.api.remove('PingSource', space.namespace, 'ping');
});

clause('ping.update', async (space) => {
  const sink = space.probe('sink');
  await space.create(
    space.thing('PingSource', 'ping', { schedule: everySecond, data: 'before', sink: { uri: sink.url } }),
  );
  await sink.atLeast(1);
  await space.patch('PingSource', 'ping', { spec: { data: 'after' } });
  await until(
    'the new data comes',
    async () => String(sink.received.at(-1)?.body),
    (data) => data === 'after',
  );
  await space.api.remove('PingSource', space.namespace, 'ping');
});

clause('ping.deleted', async (space) => {
  const [gone, stays] = [space.probe('gone'), space.probe('stays')];
  for (const [name, sink] of Object.entries({ gone, stays })) {
    await space.create(space.thing('PingSource', name, { schedule: everySecond, sink: { uri: sink.url } }));
  }
  await gone.atLeast(1);
  await space.api.remove('PingSource', space.namespace, 'gone');
  // What was due when it was deleted may still come: within the spread of half a second. Two more ticks of the other
  // source are later than that.
  await stays.atLeast(stays.received.length + 2);
  await gone.exactly(gone.received.length);
  await stays.atLeast(stays.received.length + 2);
  await space.api.remove('PingSource', space.namespace, 'stays');
});

clause('ping.size', async (space) => {
  const limit = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config-ping-defaults', namespace: 'knative-eventing' },
    data: { 'data-max-size': '4096' },
  };
  expect((await space.api.create(limit)).code).toBe(201);
  const sink = { uri: space.probe('sink').url };
  const answers = await Promise.all([
    space.api.create(space.thing('PingSource', 'fits', { data: 'x'.repeat(4_096), sink })),
    space.api.create(space.thing('PingSource', 'large', { data: 'x'.repeat(4_097), sink })),
    space.api.create(space.thing('PingSource', 'large64', { dataBase64: 'eHh4'.repeat(1_025), sink })),
  ]);
  expect(answers.map(({ code }) => code)).toEqual([201, 422, 422]);
  expect(answers[1]?.message).toContain('the data length of 4097 bytes exceeds limit set at 4096.');
});

/** A source into a Broker, and a Trigger whose subscriber behaves so. */
async function flow(space: Space, behaviour: Probe['behaviour'], events: number, brokerDls?: Probe) {
  const [sink, dls] = [space.probe('sink', behaviour), space.probe('dls')];
  await space.broker('default', { retry: 0, ...(brokerDls && { deadLetterSink: { uri: brokerDls.url } }) });
  await space.trigger('t', { subscriber: sink, delivery: { retry: 0, deadLetterSink: { uri: dls.url } } });
  const ref = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' };
  await space.create(space.thing('PingSource', 'ping', { schedule: everySecond, data: 'tick', sink: { ref } }));
  await space.settled('t', events);
  await space.api.remove('PingSource', space.namespace, 'ping');
  return { sink, dls };
}

clause('flow.delivery', async (space) => {
  const { sink, dls } = await flow(space, status(204), 2);
  const came = await sink.atLeast(2);
  expect(came.map(({ type, body }) => `${type} ${body}`)).toEqual(came.map(() => 'dev.knative.sources.ping tick'));
  await dls.exactly(0);
});

clause('flow.all-to-dlq', async (space) => {
  const { sink, dls } = await flow(space, status(500), 2);
  await dls.atLeast(2);
  expect(dls.received.map(({ id }) => id)).toEqual(sink.received.slice(0, dls.received.length).map(({ id }) => id));
});

clause('flow.flaky', async (space) => {
  const { sink, dls } = await flow(space, failFirst(2), 3);
  await sink.atLeast(3);
  const letters = await dls.exactly(2);
  expect(letters.map(({ id }) => id)).toEqual(sink.received.slice(0, 2).map(({ id }) => id));
});

clause('flow.trigger-dls', async (space) => {
  const brokerDls = space.probe('broker-dls');
  const { dls } = await flow(space, status(500), 1, brokerDls);
  await dls.atLeast(1);
  await brokerDls.exactly(0);
});

const secret = 'a secret';

/** A GitHubSource that listens, and what posts to it. */
async function gitHub(space: Space) {
  const sink = space.probe('sink');
  await space.create({ ...space.thing('Secret', 'github'), stringData: { access: 'a', secret } });
  const from = (key: string) => ({ secretKeyRef: { name: 'github', key } });
  await space.create(
    space.thing('GitHubSource', 'hooks', {
      ownerAndRepository: 'octokit/webhooks',
      eventTypes: ['issues'],
      accessToken: from('access'),
      secretToken: from('secret'),
      sink: { uri: sink.url },
    }),
  );
  await space.ready('GitHubSource', 'hooks');
  const url = `${world.server.dataUrl}/github/${space.namespace}/hooks`;
  const body = JSON.stringify({
    action: 'opened',
    issue: { number: 7 },
    repository: { name: 'webhooks' },
    sender: { login: 'o' },
  });
  const post = (kind: string, key: string | undefined) => {
    const signature =
      key === undefined
        ? {}
        : { 'x-hub-signature-256': `sha256=${createHmac('sha256', key).update(body).digest('hex')}` };
    const headers = {
      'content-type': 'application/json',
      'x-github-event': kind,
      'x-github-delivery': 'delivery-1',
      ...signature,
    };
    return call(url, { method: 'POST', headers, body });
  };
  return { sink, post };
}

clause('github.event', async (space) => {
  const { sink, post } = await gitHub(space);
  const { status: code, text } = await post('issues', secret);
  expect([code, text]).toEqual([202, 'accepted']);
  const { headers } = await sink.one();
  expect(headers).toMatchObject({
    'ce-type': 'dev.knative.source.github.issues',
    'ce-source': 'https://github.com/octokit/webhooks',
    'ce-id': 'delivery-1',
    'ce-subject': '7',
    'ce-action': 'opened',
  });
});

clause('github.ready-is-live', async () => {
  const codes: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const { post } = await gitHub(world.space());
    codes.push((await post('issues', secret)).status);
  }
  expect(codes).toEqual([202, 202, 202, 202, 202]);
});

clause('github.signature', async (space) => {
  const { sink, post } = await gitHub(space);
  expect([(await post('issues', 'another secret')).status, (await post('issues', undefined)).status]).toEqual([
    400, 400,
  ]);
  await sink.exactly(0);
});

clause('github.unknown', async (space) => {
  const { sink, post } = await gitHub(space);
  expect((await post('nonsense', secret)).status).toBe(404);
  await sink.exactly(0);
});
