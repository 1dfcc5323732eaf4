import { connect } from 'node:net';
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, test } from 'vitest';
import { broker, call, configMap, eventing, openWatch, type RunningApi, startApi, tableAccept } from './support.ts';

const brokers = `${eventing}/brokers`;
const ref = (name: string) => ({ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', namespace: 'shop', name });

let api: RunningApi;
afterEach(() => api.close());

async function versionNow(): Promise<string> {
  return (await call(api, 'GET', brokers)).body.metadata.resourceVersion;
}

const summary = (lines: readonly { type: string; object: { metadata: { name: string } } }[]) =>
  lines.map(({ type, object }) => `${type} ${object.metadata.name}`);

describe('changes', () => {
  test('without a version: present objects as ADDED, then changes in order', async () => {
    api = await startApi();
    await api.store.create(broker('a'));
    const watch = await openWatch(api, `${brokers}?watch=true`);
    await watch.take(1);
    await api.store.create(broker('b'));
    await api.store.patch(ref('a'), { kind: 'merge', body: { metadata: { labels: { x: 'y' } } } });
    await api.store.delete(ref('b'));
    expect(summary(await watch.take(4))).toEqual(['ADDED a', 'ADDED b', 'MODIFIED a', 'DELETED b']);
    watch.stop();
  });

  test('after a version: each change since, once', async () => {
    api = await startApi();
    await api.store.create(broker('a'));
    const version = await versionNow();
    await api.store.create(broker('b'));
    const watch = await openWatch(api, `${brokers}?watch=1&resourceVersion=${version}`);
    await api.store.create(broker('c'));
    expect(summary(await watch.take(2))).toEqual(['ADDED b', 'ADDED c']);
    watch.stop();
  });

  test('selectors: an object that comes to match is ADDED, one that ceases to is DELETED', async () => {
    api = await startApi();
    await api.store.create(broker('other'));
    const watch = await openWatch(
      api,
      `${eventing}/namespaces/shop/brokers?watch=true&labelSelector=x%3Dy&fieldSelector=metadata.name%3Da`,
    );
    await api.store.create(broker('a'));
    const label = (x: string) => api.store.patch(ref('a'), { kind: 'merge', body: { metadata: { labels: { x } } } });
    await label('y');
    await label('z');
    expect(summary(await watch.take(2))).toEqual(['ADDED a', 'DELETED a']);
    watch.stop();
  });

  test('in another served version, converted', async () => {
    api = await startApi();
    const path = '/apis/sources.knative.dev/v1beta2/pingsources?watch=true';
    const watch = await openWatch(api, path);
    await api.store.create({
      apiVersion: 'sources.knative.dev/v1',
      kind: 'PingSource',
      metadata: { name: 'p', namespace: 'shop' },
      spec: { data: 'x', sink: { uri: 'http://sink.test/' } },
    });
    const [event] = await watch.take(1);
    expect(event!.object.apiVersion).toBe('sources.knative.dev/v1beta2');
    watch.stop();
  });

  test('as Tables: the columns in the first one only', async () => {
    api = await startApi();
    await api.store.create(broker('a'));
    const watch = await openWatch(api, `${brokers}?watch=true`, tableAccept);
    await api.store.create(broker('b'));
    const [first, second] = await watch.take(2);
    expect(first!.object).toMatchObject({ kind: 'Table', rows: [{ object: { metadata: { name: 'a' } } }] });
    expect(first!.object.columnDefinitions[0].name).toBe('Name');
    expect(second!.object).toMatchObject({ columnDefinitions: [], rows: [{ object: { metadata: { name: 'b' } } }] });
    watch.stop();
  });

  test('sendInitialEvents: a bookmark with k8s.io/initial-events-end after the present objects', async () => {
    api = await startApi();
    await api.store.create(broker('a'));
    const query = '?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = await openWatch(api, brokers + query);
    const [added, mark] = await watch.take(2);
    expect(added!.type).toBe('ADDED');
    expect(mark).toMatchObject({
      type: 'BOOKMARK',
      object: {
        kind: 'Broker',
        metadata: { resourceVersion: await versionNow(), annotations: { 'k8s.io/initial-events-end': 'true' } },
      },
    });
    watch.stop();
  });
});

describe('bookmarks and ends', () => {
  test('allowWatchBookmarks: one each interval of a quiet watch, from which a watch goes on', async () => {
    api = await startApi();
    await api.store.create(broker('a'));
    const watch = await openWatch(api, `${brokers}?watch=true&allowWatchBookmarks=true`);
    await watch.take(1);
    await waitFor('the bookmark timer', () => api.clock.pending > 0);
    await api.clock.advance(60_000);
    await api.clock.advance(60_000);
    const lines = await watch.take(3);
    expect(lines.slice(1).map(({ type }) => type)).toEqual(['BOOKMARK', 'BOOKMARK']);
    const { resourceVersion } = lines[1]!.object.metadata;
    await api.store.create(broker('b'));
    const next = await openWatch(api, `${brokers}?watch=true&resourceVersion=${resourceVersion}`);
    expect(summary(await next.take(1))).toEqual(['ADDED b']);
    watch.stop();
    next.stop();
  });

  test('timeoutSeconds ends it, and nothing is left behind', async () => {
    api = await startApi();
    const watch = await openWatch(api, `${brokers}?watch=true&timeoutSeconds=5&allowWatchBookmarks=true`);
    await waitFor('its timers', () => api.clock.pending === 2);
    await api.clock.advance(4_999);
    expect(watch.isEnded()).toBe(false);
    await api.clock.advance(1);
    await watch.ended();
    await waitFor('no timer', () => api.clock.pending === 0);
  });

  test('a client that goes away leaves nothing behind', async () => {
    api = await startApi();
    const watch = await openWatch(api, `${brokers}?watch=true&allowWatchBookmarks=true&timeoutSeconds=60`);
    await waitFor('its timers', () => api.clock.pending === 2);
    watch.stop();
    await waitFor('no timer', () => api.clock.pending === 0);
  });

  test('a version that is no longer kept: an ERROR event with 410, then the end', async () => {
    api = await startApi({ historyChanges: 2 });
    await api.store.create(broker('a'));
    const version = await versionNow();
    for (const name of ['b', 'c', 'd', 'e', 'f', 'g']) await api.store.create(broker(name));
    const watch = await openWatch(api, `${brokers}?watch=true&resourceVersion=${version}`);
    expect(watch.status).toBe(200);
    await watch.ended();
    expect(watch.lines).toEqual([
      { type: 'ERROR', object: expect.objectContaining({ kind: 'Status', code: 410, reason: 'Expired' }) },
    ]);
  });

  test('a server that closes ends its watches', async () => {
    api = await startApi();
    const watch = await openWatch(api, `${brokers}?watch=true`);
    const closing = api.close();
    await watch.ended();
    await closing;
    api = await startApi();
  });
});

describe('limits', () => {
  test('more watches than watchesMax: 429 with Retry-After, until one ends', async () => {
    api = await startApi({ limits: { watchesMax: 1 } });
    const watch = await openWatch(api, `${brokers}?watch=true`);
    const refused = await call(api, 'GET', `${brokers}?watch=true`);
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).toBe('1');
    expect(refused.body.reason).toBe('TooManyRequests');
    watch.stop();
    const next = await waitFor('room for a watch', async () => {
      const tried = await openWatch(api, `${brokers}?watch=true`);
      return tried.status === 200 && tried;
    });
    next.stop();
  });

  /** A client that sends its request and reads nothing; more than the sockets' buffers hold is then written. */
  async function stalledWatch() {
    api = await startApi();
    await api.store.create(configMap('big', {}));
    const socket = connect(api.port, '127.0.0.1');
    socket.pause();
    socket.write(`GET /api/v1/configmaps?watch=true HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    for (let round = 0; api.clock.pending === 0; round++) {
      if (round > 200) throw new Error('the watch took everything');
      const data = { value: `${round}`.padStart(900_000, 'x') };
      await api.store.patch(
        { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'big' },
        { kind: 'merge', body: { data } },
      );
      await new Promise((resolve) => setImmediate(resolve));
    }
    return socket;
  }

  test('a client that stops reading gets 410 after watchStallMs, and other watches go on', async () => {
    const socket = await stalledWatch();
    const other = await openWatch(api, `${brokers}?watch=true`);
    await api.clock.advance(30_000);
    let tail = '';
    socket.on('data', (chunk) => {
      tail = (tail + chunk.toString()).slice(-2_000);
    });
    socket.resume();
    await waitFor('the end of the stream', () => tail.endsWith('0\r\n\r\n'));
    expect(tail).toMatch(/\{"type":"ERROR","object":\{"kind":"Status".*"reason":"Expired".*"code":410\}\}/);
    await api.store.create(broker('a'));
    expect(summary(await other.take(1))).toEqual(['ADDED a']);
    other.stop();
    socket.destroy();
  });

  test('a client that never reads again is cut off', async () => {
    const socket = await stalledWatch();
    expect(await api.connections()).toBeGreaterThan(0);
    await api.clock.advance(30_000);
    await api.clock.advance(30_000);
    await waitFor('no connection', async () => (await api.connections()) === 0);
    expect(api.clock.pending).toBe(0);
    socket.destroy();
  });
});
