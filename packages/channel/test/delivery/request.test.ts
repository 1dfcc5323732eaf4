/** What a subscriber sees of an attempt. Source: reference 3.2, 3.3, 4.2. */
import { expect, test } from 'vitest';
import { deliverer, event, httpSubscriber, send } from './support/servers.ts';

const accept = httpSubscriber.bind(undefined, (_, response) => response.writeHead(202).end());

test('a subscriber gets a POST with Prefer: reply, Kn-Namespace and the event in binary mode', async () => {
  const subscriber = await accept();
  const outcome = await send(deliverer(), `${subscriber.url}path?q=1`, { namespace: 'team' });
  expect(outcome).toMatchObject({ kind: 'accepted', statusCode: 202 });
  expect(outcome).toHaveProperty('latencyMs', expect.any(Number));
  const [seen] = subscriber.seen;
  expect(seen).toMatchObject({ method: 'POST', url: '/path?q=1' });
  expect(seen?.headers).toMatchObject({
    prefer: 'reply',
    'kn-namespace': 'team',
    'user-agent': 'millrace',
    'ce-id': 'e-1',
    'ce-specversion': '1.0',
    'ce-type': 'test.event',
    'content-type': 'application/json',
    'content-length': '9',
  });
  expect(seen?.headers).not.toHaveProperty('ce-time');
  expect(seen?.body.toString()).toBe('{"n":1.0}');
});

test('a dead letter sink gets no Prefer, and Kn-Namespace all the same', async () => {
  const sink = await accept();
  await send(deliverer(), sink.url, { wantsReply: false });
  expect(sink.seen[0]?.headers).not.toHaveProperty('prefer');
  expect(sink.seen[0]?.headers).toHaveProperty('kn-namespace', 'default');
});

test('headers that travel with the event are sent as they came', async () => {
  const subscriber = await accept();
  await send(deliverer(), subscriber.url, {
    headers: ['x-request-id', 'r-7', 'knative-foo', 'bar', 'x-b3-traceid', 'a'],
  });
  expect(subscriber.seen[0]?.headers).toMatchObject({
    'x-request-id': 'r-7',
    'knative-foo': 'bar',
    'x-b3-traceid': 'a',
  });
});

test('format json sends structured mode with the bytes of the data as they came', async () => {
  const subscriber = await accept();
  const data = Buffer.from('{"n": 12345678901234567890, "n":1.0}');
  await send(deliverer(), subscriber.url, { format: 'json', event: event({}, data) });
  expect(subscriber.seen[0]?.headers['content-type']).toMatch(/^application\/cloudevents\+json/);
  expect(subscriber.seen[0]?.body.toString()).toContain(`"data":${data.toString()}`);
});

test('bytes that are no text and an empty body leave as they came', async () => {
  const subscriber = await accept();
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const to = deliverer();
  await send(to, subscriber.url, { event: event({ datacontenttype: 'application/octet-stream' }, bytes) });
  await send(to, subscriber.url, { event: event({ datacontenttype: 'text/plain' }, new Uint8Array(0)) });
  expect([...(subscriber.seen[0]?.body ?? [])]).toEqual([...bytes]);
  expect(subscriber.seen[1]?.headers['content-length']).toBe('0');
});

test('user and password of the URL become basic authorization', async () => {
  const subscriber = await accept();
  await send(deliverer(), subscriber.url.replace('http://', 'http://me:p%40ss@'));
  expect(subscriber.seen[0]?.headers.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test.each([
  ['no scheme', 'example.com/path'],
  ['another scheme', 'ftp://127.0.0.1/'],
  ['no host', 'http://'],
  ['nothing', ''],
])('a target URL with %s is a bad target and says what was expected', async (_, url) => {
  const outcome = await send(deliverer(), url);
  expect(outcome).toMatchObject({ kind: 'no-answer', why: 'bad-target', error: expect.stringContaining('expected') });
});
