/**
 * Channels of the real process, the same cases on every log. The clauses are those of reference 5.1, 5.2 and 12.3
 * (`E:test/rekt/features/channel`), and the position controls of design section 4 on Subscriptions.
 */
import { waitFor } from '@millrace/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Api, apiVersionOf, type Json } from '../../conformance/support/api.ts';
import type { Shared } from '../../servers/shared.ts';
import { type Server, startServer, temporaryFolder } from '../../support/millrace.ts';
import { type Received, Sink } from '../../support/sink.ts';

const namespace = 'default';
const folder = temporaryFolder();
const sink = new Sink();
let sinkUrl = '';
let server: Server;
let api: Api;
let count = 0;

let logFlags: readonly string[] = [];

const begin = async (): Promise<void> => {
  server = await startServer(['--quiet', ...logFlags], `${folder.path}/data`);
  api = new Api(server.apiUrl);
};

async function make(kind: string, name: string, spec: Json, annotations: Record<string, string> = {}): Promise<string> {
  const metadata = { name, namespace, annotations };
  await api.make({ apiVersion: apiVersionOf(kind), kind, metadata, spec });
  const { status } = await api.ready(kind, namespace, name);
  return String((status?.['address'] as { readonly url?: string } | undefined)?.url ?? '');
}

const ref = (kind: string, name: string) => ({ ref: { apiVersion: apiVersionOf(kind), kind, name } });

/** A Subscription of a channel; a subscriber is a path of the sink or a reference. */
function subscribe(
  name: string,
  channel: { readonly kind: string; readonly name: string },
  subscriber: string | Json,
  more: Json = {},
  annotations: Record<string, string> = {},
): Promise<string> {
  const to = typeof subscriber === 'string' ? { uri: `${sinkUrl}/${subscriber}` } : subscriber;
  const spec = { channel: { apiVersion: apiVersionOf(channel.kind), ...channel }, subscriber: to, ...more };
  return make('Subscription', name, spec, annotations);
}

interface Sent {
  readonly id?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

async function send(url: string, { id = `e${count++}`, headers = {}, body = '{"n": 1.0}' }: Sent = {}) {
  const event = { 'ce-specversion': '1.0', 'ce-id': id, 'ce-source': '/test', 'ce-type': 'com.example.test' };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...event, 'content-type': 'application/json', ...headers },
    body,
  });
  return { id, status: answer.status, body: await answer.text() };
}

const at = (path: string, id?: string) =>
  sink.received.filter((one) => one.path === `/${path}` && (id === undefined || one.id === id));
const arrives = async (path: string, id?: string): Promise<Received> => {
  const found = await waitFor(`${id ?? 'an event'} at ${path}`, () => at(path, id)[0]);
  return found;
};

/** Answers by the first part of the path. */
sink.answer = ({ path, headers, body }, response) => {
  if (path.startsWith('/refuses')) response.writeHead(422, { 'content-type': 'text/plain' }).end('no');
  else if (path.startsWith('/fails')) response.writeHead(503).end();
  else if (path.startsWith('/text')) response.writeHead(200, { 'content-type': 'text/plain' }).end('thank you');
  else if (path.startsWith('/appends')) {
    const attributes = { 'ce-specversion': '1.0', 'ce-id': String(headers['ce-id']), 'ce-source': '/appends' };
    const more = { 'ce-type': 'com.example.reply', 'knative-reply': 'yes', 'content-type': 'text/plain' };
    response.writeHead(200, { ...attributes, ...more }).end(`${body}+`);
  } else if (path.startsWith('/slow')) setTimeout(() => response.writeHead(204).end(), 400);
  else response.writeHead(204).end();
};

export interface LogUnderTest {
  /** Extensions that the log itself puts on an event. */
  readonly adds: readonly string[];
  /** The server that has the log; absent: it is in the data directory. */
  readonly on?: Shared<{ readonly url: string }>;
}

/** Call it in a `describe`. */
export function channelCases({ adds, on }: LogUnderTest): void {
  const prepare = async (): Promise<void> => {
    sinkUrl = await sink.start();
    logFlags = on ? ['--log', on().url] : [];
    await begin();
  };
  if (on) on.prepare(prepare);
  else beforeAll(prepare);

  afterAll(async () => {
    server?.kill('SIGKILL');
    await server?.exited;
    await sink.stop();
    folder.remove();
  });

  describe('12.3: events through channels', { timeout: 60_000 }, () => {
    test('ChannelChain(10): an event passes ten chained channels, its bytes and its headers as they came', async () => {
      const urls: string[] = [];
      for (let index = 0; index < 10; index++) urls.push(await make('Channel', `chain-${index}`, {}));
      for (let index = 0; index < 10; index++) {
        const next = index === 9 ? 'chained' : ref('Channel', `chain-${index + 1}`);
        await subscribe(`chain-${index}`, { kind: 'Channel', name: `chain-${index}` }, next);
      }
      const headers = { 'knative-test': 'a', 'x-b3-traceid': 'b', 'x-request-id': 'c', 'x-other': 'd' };
      const { id, status } = await send(urls[0] ?? '', { headers, body: '{"n": 1.00}' });
      expect(status).toBe(202);
      const received = await arrives('chained', id);
      expect(received.body.toString()).toBe('{"n": 1.00}');
      // 3.2: what travels, and nothing else; channels write nothing on the event.
      expect(received.headers).toMatchObject({ 'knative-test': 'a', 'x-b3-traceid': 'b', 'x-request-id': 'c' });
      expect(Object.keys(received.headers)).not.toContain('x-other');
      const added = Object.keys(received.headers).filter((name) => name.startsWith('ce-knative'));
      expect(added.toSorted()).toEqual(adds);
    });

    test('ChannelPreferHeaderCheck: Prefer: reply and Kn-Namespace are present', async () => {
      const url = await make('Channel', 'prefer', {});
      await subscribe('prefer', { kind: 'Channel', name: 'prefer' }, 'prefers');
      const { id } = await send(url);
      expect((await arrives('prefers', id)).headers).toMatchObject({ prefer: 'reply', 'kn-namespace': namespace });
    });

    test('EventTransformation: three events arrive transformed through the reply, with the headers of the answer', async () => {
      const url = await make('Channel', 'transform', {});
      await make('Channel', 'transformed', {});
      await subscribe('transform', { kind: 'Channel', name: 'transform' }, 'appends', {
        reply: ref('Channel', 'transformed'),
      });
      await subscribe('transformed', { kind: 'Channel', name: 'transformed' }, 'transformed');
      for (const body of ['1', '2', '3']) await send(url, { id: `t${body}`, body });
      for (const body of ['1', '2', '3']) {
        const received = await arrives('transformed', `t${body}`);
        expect(received.body.toString()).toBe(`${body}+`);
        expect(received.type).toBe('com.example.reply');
        expect(received.headers).toMatchObject({ 'knative-reply': 'yes' });
      }
    });

    test('5.2: a reply that goes to an address outside is posted there, without Prefer', async () => {
      const url = await make('Channel', 'outside', {});
      await subscribe('outside', { kind: 'Channel', name: 'outside' }, 'appends', {
        reply: { uri: `${sinkUrl}/outside` },
      });
      const { id } = await send(url, { body: 'x' });
      const received = await arrives('outside', id);
      expect(received.body.toString()).toBe('x+');
      expect(received.headers).toMatchObject({ 'kn-namespace': namespace, 'knative-reply': 'yes' });
      expect(received.headers).not.toHaveProperty('prefer');
    });

    test('5.2: a response that is no CloudEvent is discarded where there is no reply', async () => {
      const url = await make('Channel', 'text', {});
      await subscribe('text', { kind: 'Channel', name: 'text' }, 'text');
      const { id } = await send(url);
      await arrives('text', id);
      await api.until('Subscription', namespace, 'text', 'has no lag', ({ status }) =>
        Boolean(status && JSON.stringify(status).includes('"lag":0')),
      );
      expect(at('text', id)).toHaveLength(1);
    });

    test('AsDeadLetterSink: a channel is the dead letter sink; the event has Kn-Namespace and the extensions', async () => {
      const url = await make('Channel', 'refused', {});
      await make('Channel', 'dead', {});
      await subscribe('refused', { kind: 'Channel', name: 'refused' }, 'refuses', {
        delivery: { deadLetterSink: ref('Channel', 'dead') },
      });
      await subscribe('dead', { kind: 'Channel', name: 'dead' }, 'dead');
      const { id } = await send(url);
      const { headers } = await arrives('dead', id);
      expect(headers).toMatchObject({
        'kn-namespace': namespace,
        'ce-knativeerrordest': `${sinkUrl}/refuses`,
        'ce-knativeerrorcode': '422',
        'ce-knativeerrordata': Buffer.from('no').toString('base64'),
      });
    });

    test('a channel is the subscriber of a Trigger, and its Host is answered as in a cluster', async () => {
      const url = await make('Channel', 'behind', {});
      await subscribe('behind', { kind: 'Channel', name: 'behind' }, 'behind');
      const spec = { broker: 'default', subscriber: ref('Channel', 'behind') };
      await make('Trigger', 'to-channel', spec);
      const { id, status } = await send(`${server.dataUrl}/default/default`);
      expect(status).toBe(202);
      // The Broker took its TTL away again.
      expect((await arrives('behind', id)).headers).not.toHaveProperty('ce-knativebrokerttl');
      expect(url).toBe(`${server.dataUrl}/channels/default/behind`);
      expect((await send(`${server.dataUrl}/channels/default/none`)).status).toBe(404);
    });
  });

  describe('5.2: InMemoryChannel', { timeout: 60_000 }, () => {
    test('synchronous: 202 when every subscriber has had it, 500 when one failed for good', async () => {
      const url = await make('InMemoryChannel', 'sync', {});
      expect((await send(url)).status).toBe(202); // No subscribers.
      await subscribe('sync-slow', { kind: 'InMemoryChannel', name: 'sync' }, 'slow');
      const { id, status } = await send(url);
      expect(status).toBe(202);
      expect(at('slow', id)).toHaveLength(1);
      await subscribe('sync-refuses', { kind: 'InMemoryChannel', name: 'sync' }, 'refuses-sync');
      const failed = await send(url);
      expect(failed.status).toBe(500);
      expect(failed.body).toContain('not every subscriber took the event');
      expect(at('slow', failed.id)).toHaveLength(1);
    });

    test('its dead letter sink takes what a subscriber refuses: 202', async () => {
      const url = await make('InMemoryChannel', 'sync-dead', {});
      await subscribe('sync-dead', { kind: 'InMemoryChannel', name: 'sync-dead' }, 'refuses-dead', {
        delivery: { deadLetterSink: { uri: `${sinkUrl}/sync-dead` } },
      });
      const { id, status } = await send(url);
      expect(status).toBe(202);
      expect(at('sync-dead', id)).toHaveLength(1);
    });

    test('a chain of two: the sender waits for both', async () => {
      const url = await make('InMemoryChannel', 'first', {});
      await make('InMemoryChannel', 'second', {});
      await subscribe('first', { kind: 'InMemoryChannel', name: 'first' }, 'appends-first', {
        reply: ref('InMemoryChannel', 'second'),
      });
      await subscribe('second', { kind: 'InMemoryChannel', name: 'second' }, 'slow-second');
      const { id, status } = await send(url);
      expect(status).toBe(202);
      expect(at('slow-second', id)).toHaveLength(1);
    });

    test('AsyncHandler: with the annotation 202 comes at once, and the event all the same', async () => {
      const url = await make('InMemoryChannel', 'async', {}, { 'messaging.knative.dev/async-handler': 'true' });
      await subscribe('async-slow', { kind: 'InMemoryChannel', name: 'async' }, 'slow-async');
      await subscribe('async-refuses', { kind: 'InMemoryChannel', name: 'async' }, 'refuses-async');
      const { id, status } = await send(url);
      expect(status).toBe(202);
      await arrives('slow-async', id);
      await arrives('refuses-async', id);
    });
  });

  describe('design 4: position controls on Subscriptions', { timeout: 60_000 }, () => {
    test('millrace.dev/paused holds events back, and what was held back comes', async () => {
      const url = await make('Channel', 'held', {});
      await subscribe('held', { kind: 'Channel', name: 'held' }, 'held', {}, { 'millrace.dev/paused': 'true' });
      await subscribe('not-held', { kind: 'Channel', name: 'held' }, 'not-held');
      const { id } = await send(url);
      await arrives('not-held', id);
      expect(at('held')).toEqual([]);
      await api.patch('Subscription', namespace, 'held', {
        metadata: { annotations: { 'millrace.dev/paused': 'false' } },
      });
      await arrives('held', id);
    });

    test('millrace.dev/start: a new Subscription gets what comes from now on, or all that is kept', async () => {
      const url = await make('Channel', 'kept', {});
      const before = await send(url);
      await subscribe('kept-latest', { kind: 'Channel', name: 'kept' }, 'latest');
      await subscribe('kept-all', { kind: 'Channel', name: 'kept' }, 'all', {}, { 'millrace.dev/start': 'earliest' });
      await arrives('all', before.id);
      const after = await send(url);
      await arrives('latest', after.id);
      expect(at('latest').map(({ id }) => id)).toEqual([after.id]);
    });

    test('millrace.dev/max-in-flight: one after the other', async () => {
      const url = await make('Channel', 'narrow', {});
      await subscribe(
        'narrow',
        { kind: 'Channel', name: 'narrow' },
        'slow-narrow',
        {},
        { 'millrace.dev/max-in-flight': '1' },
      );
      for (let index = 0; index < 3; index++) await send(url);
      await waitFor('three events', () => at('slow-narrow').length === 3);
      const times = at('slow-narrow').map(({ atMs }) => atMs);
      for (let index = 1; index < times.length; index++) {
        expect((times[index] ?? 0) - (times[index - 1] ?? 0)).toBeGreaterThan(350);
      }
    });
  });

  test('what a person sees: get, tail and explain know channels and subscriptions', { timeout: 60_000 }, async () => {
    const url = await make('Channel', 'seen', {});
    await subscribe('seen', { kind: 'Channel', name: 'seen' }, 'seen');
    const { id } = await send(url);
    await arrives('seen', id);
    const got = await server.run(['get', 'channels,subscriptions']);
    expect(got.stdout).toMatch(/seen/);
    const explained = await server.run(['explain', id, '--broker', 'channel/seen']);
    expect(explained.stdout).toMatch(/received .* on channel\/default\/seen/);
    expect(explained.code).toBe(0);
    const missing = await server.run(['explain', '5', '--broker', 'channel/nowhere']);
    expect(missing.code).not.toBe(0);
  });

  test('a Channel without a template is durable: after kill -9 the rest of its events come', {
    timeout: 60_000,
  }, async () => {
    const url = await make('Channel', 'durable', {});
    await subscribe('durable', { kind: 'Channel', name: 'durable' }, 'fails-durable', {
      delivery: { retry: 100, backoffPolicy: 'linear', backoffDelay: 'PT0.1S' },
    });
    const { id, status } = await send(url);
    expect(status).toBe(202);
    await arrives('fails-durable', id);
    server.kill('SIGKILL');
    await server.exited;
    const before = at('fails-durable', id).length;
    await begin();
    // Where processes share a log, what a dead one held is given to others when its session has run out.
    await waitFor('another attempt', () => at('fails-durable', id).length > before, { timeoutMs: 30_000 });
  });
}
