/** Channels and KafkaSinks at ingress: the rows of reference 5.1 and 11.2, addresses by path and by Host. */
import { describe, expect, test } from 'vitest';
import { route, send, startIngress } from './support/ingress.ts';

const channel = route('steps', {
  kind: 'Channel',
  path: '/channels/default/steps',
  hosts: ['imc-dispatcher.knative-eventing.svc.cluster.local'],
  rootHosts: ['steps-kn-channel.default.svc.cluster.local'],
});
const sink = route('out', {
  kind: 'KafkaSink',
  path: '/kafkasinks/default/out',
  hosts: ['kafka-sink-ingress.knative-eventing.svc.cluster.local'],
});
/** Of the same name as the channel. */
const broker = route('steps', { hosts: ['broker-ingress.knative-eventing.svc.cluster.local'] });
const source = route('in', { kind: 'KafkaSource', path: '' });
const routes = [{ ...broker, uid: 'uid-broker' }, channel, sink, source];

const at = (host: string, path: string) => ({ path, headers: { host } });

describe('5.1: a channel takes events', () => {
  test.each([
    ['by its path', { path: '/channels/default/steps' }],
    ['by its path with a slash at the end', { path: '/channels/default/steps/' }],
    ['by its Host with path /', at('steps-kn-channel.default.svc.cluster.local', '/')],
    ['by its Host, whatever the port and the case', at('Steps-KN-Channel.default.svc.cluster.local:80', '/')],
    ["by its dispatcher's Host", at('imc-dispatcher.knative-eventing.svc.cluster.local', '/default/steps')],
  ])('%s: 202', async (_, sent) => {
    const { port, metrics } = await startIngress({ routes });
    expect(await send(port, sent)).toMatchObject({ status: 202, body: '' });
    expect(metrics.nonZero).toMatchObject({ 'millrace.ingress.accepted default steps': 1 });
  });

  test('neither a TTL nor an arrival time is written on the event, and one that it has is not touched', async () => {
    const { port, log } = await startIngress({ routes });
    const path = '/channels/default/steps';
    expect(await send(port, { path })).toMatchObject({ status: 202 });
    expect(await send(port, { path, headers: { 'ce-knativebrokerttl': '1' } })).toMatchObject({ status: 202 });
    expect(log.events.map(({ attributes }) => attributes['knativebrokerttl'])).toEqual([undefined, '1']);
    expect(log.events.every(({ attributes }) => attributes['knativearrivaltime'] === undefined)).toBe(true);
  });

  test('a broker of the same name is another log, and stamps its events', async () => {
    const { port, log } = await startIngress({ routes });
    const { status } = await send(port, at('broker-ingress.knative-eventing.svc.cluster.local', '/default/steps'));
    expect(status).toBe(202);
    expect(log.events[0]?.attributes).toHaveProperty('knativebrokerttl', '255');
  });

  test('3.2: headers that travel are kept with the event, others are not', async () => {
    const { port, log } = await startIngress({ routes });
    const headers = {
      'knative-test': 'a',
      'x-b3-traceid': 'b',
      'x-request-id': 'c',
      authorization: 'd',
      'x-other': 'e',
    };
    await send(port, { path: '/channels/default/steps', headers });
    expect(log.records[0]?.headers.toSorted()).toEqual(
      ['a', 'b', 'c', 'knative-test', 'x-b3-traceid', 'x-request-id'].toSorted(),
    );
  });
});

describe('5.1: what a channel does not take', () => {
  test('host routing with a path other than /: 400', async () => {
    const { port } = await startIngress({ routes });
    for (const path of ['/default/steps', '/x', '/channels/default/steps']) {
      expect(await send(port, at('steps-kn-channel.default.svc.cluster.local', path))).toMatchObject({ status: 400 });
    }
  });

  test.each([
    ['an unknown channel by its path', { path: '/channels/default/none' }, /no channel at \/channels\/default\/none/],
    ['an unknown channel by its Host', at('none-kn-channel.default.svc.cluster.local', '/'), /no channel at none-kn/],
    ['a JetStream channel that is gone', at('none-kn-jsm-channel.x.svc.cluster.local', '/'), /no channel at none-kn/],
    ['an unknown KafkaSink', { path: '/kafkasinks/default/none' }, /no KafkaSink at/],
    ['a source', { path: '/in' }, /bad path/],
  ])('%s', async (what, sent, text) => {
    const { port } = await startIngress({ routes });
    const answer = await send(port, sent);
    expect(answer.status).toBe(what === 'a source' ? 400 : 404);
    expect(answer.body).toMatch(text);
  });

  test('a path of three parts that names no kind is malformed: 400', async () => {
    const { port } = await startIngress({ routes });
    expect(await send(port, { path: '/brokers/default/steps' })).toMatchObject({ status: 400 });
  });

  test("another server's host: 421", async () => {
    const { port } = await startIngress({ routes });
    expect(await send(port, at('steps-kn-channel.example.com', '/'))).toMatchObject({ status: 421 });
  });

  test('OPTIONS: 200 with the WebHook headers; other non-POST: 405', async () => {
    const { port } = await startIngress({ routes });
    const path = '/channels/default/steps';
    expect(await send(port, { method: 'OPTIONS', path })).toMatchObject({
      status: 200,
      headers: { allow: 'POST, OPTIONS', 'webhook-allowed-origin': '*' },
    });
    expect(await send(port, { method: 'GET', path })).toMatchObject({ status: 405 });
  });
});

describe('5.2: a channel whose sender waits for the subscribers', () => {
  const waiting = [{ ...channel, accepts: 'delivered' as const }];
  const path = '/channels/default/steps';

  test('202 when all of them have had the event, and not before', async () => {
    const delivered = Promise.withResolvers<'delivered'>();
    const asked: unknown[] = [];
    const whenSettled = (...which: unknown[]) => {
      asked.push(which);
      return delivered.promise;
    };
    const { port } = await startIngress({ routes: waiting, whenSettled });
    let answered = false;
    const answer = send(port, { path }).finally(() => {
      answered = true;
    });
    await expect.poll(() => asked, { timeout: 10_000 }).toEqual([['uid-steps', 0, 0]]);
    expect(answered).toBe(false);
    delivered.resolve('delivered');
    expect(await answer).toMatchObject({ status: 202 });
  });

  test('500 when one of them had not, and it is not counted as accepted', async () => {
    const { port, metrics } = await startIngress({ routes: waiting, whenSettled: async () => 'failed' });
    expect(await send(port, { path })).toMatchObject({
      status: 500,
      body: expect.stringContaining('not every subscriber'),
    });
    expect(metrics.nonZero).toEqual({ 'millrace.ingress.rejected not-delivered': 1 });
  });

  test('of a batch, every event must have been taken', async () => {
    const event = (id: string) => `{"specversion":"1.0","id":"${id}","source":"/s","type":"t"}`;
    const { port } = await startIngress({
      routes: waiting,
      whenSettled: async (_uid, _partition, offset) => (offset === 1 ? 'failed' : 'delivered'),
    });
    const none = { 'ce-specversion': undefined, 'ce-id': undefined, 'ce-source': undefined, 'ce-type': undefined };
    const headers = { ...none, 'content-type': 'application/cloudevents-batch+json' };
    expect(await send(port, { path, headers, body: `[${event('a')}]` })).toMatchObject({ status: 202 });
    expect(await send(port, { path, headers, body: `[${event('a')},${event('b')}]` })).toMatchObject({ status: 500 });
  });
});

test('11.2: a KafkaSink answers by path and by Host; a log that cannot store it answers 503', async () => {
  const { port, log } = await startIngress({ routes });
  expect(await send(port, { path: '/kafkasinks/default/out' })).toMatchObject({ status: 202 });
  expect(await send(port, at('kafka-sink-ingress.knative-eventing.svc.cluster.local', '/default/out'))).toMatchObject({
    status: 202,
  });
  log.outcome = { kind: 'failed', reason: 'no broker' };
  expect(await send(port, { path: '/kafkasinks/default/out' })).toMatchObject({ status: 503 });
});
