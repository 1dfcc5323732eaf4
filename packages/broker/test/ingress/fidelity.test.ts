/** What comes in is what is stored, but for the two attributes of reference 3.1. Design section 3: an event that passes through is not altered. */
import { HTTP, CloudEvent as SdkEvent } from 'cloudevents';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { send, startIngress } from './support/ingress.ts';

const OURS = new Set(['knativebrokerttl', 'knativearrivaltime']);
const received = (attributes: Readonly<Record<string, string | undefined>> | undefined) =>
  Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => !OURS.has(name)));

test('binary mode: attributes and bytes as they came, in their order', async () => {
  const { port, log } = await startIngress();
  const body = Buffer.from('{ "n" : 12345678901234567890, "n":1.0,\t"é":"\u00e9" }');
  await send(port, {
    headers: {
      'ce-time': '2026-01-02T03:04:05.123456789+02:00',
      'ce-subject': 'a%20b%C3%A9',
      'ce-myext': 'TRUE',
      'content-type': 'application/json; charset="utf-8"',
    },
    body,
  });
  const [event] = log.events;
  expect(received(event?.attributes)).toEqual({
    id: 'e-1',
    source: '/test',
    type: 'test.event',
    time: '2026-01-02T03:04:05.123456789+02:00',
    subject: 'a bé',
    myext: 'TRUE',
    datacontenttype: 'application/json; charset="utf-8"',
  });
  expect(Buffer.from(event?.data ?? [])).toEqual(body);
  expect(event).not.toHaveProperty('nonString');
});

test('structured mode: the bytes of data, and the types of extensions; the TTL is a number as Knative writes it', async () => {
  const { port, log } = await startIngress();
  const data = '{ "n" : 12345678901234567890,  "n":1.0 }';
  const body = `{"id":"s","specversion":"1.0","type":"t","source":"/s","num":7,"flag":true,"data": ${data}}`;
  await send(port, {
    headers: {
      'content-type': 'application/cloudevents+json',
      'ce-id': undefined,
      'ce-type': undefined,
      'ce-source': undefined,
      'ce-specversion': undefined,
    },
    body,
  });
  const [event] = log.events;
  expect(Buffer.from(event?.data ?? []).toString()).toBe(data);
  expect(event).toMatchObject({
    dataForm: 'json',
    nonString: { num: 'Integer', flag: 'Boolean', knativebrokerttl: 'Integer' },
  });
});

test('any bytes arrive as they were sent', async () => {
  const { port, log } = await startIngress();
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 5_000 }), async (bytes) => {
      log.records.length = 0;
      const answer = await send(port, {
        headers: { 'content-type': 'application/octet-stream' },
        body: Buffer.from(bytes),
      });
      expect(answer.status).toBe(202);
      expect(Buffer.from(log.events[0]?.data ?? [])).toEqual(Buffer.from(bytes));
    }),
    { seed: 31, numRuns: 50 },
  );
});

test('extension partitionkey is the partition key; headers that travel are kept, others are not', async () => {
  const { port, log } = await startIngress();
  await send(port, {
    headers: { 'ce-partitionkey': 'k1', 'x-request-id': 'r', 'knative-a': 'b', authorization: 'secret' },
  });
  await send(port, { headers: { 'ce-partitionkey': '' } });
  expect(log.records[0]).toMatchObject({ key: 'k1', headers: ['x-request-id', 'r', 'knative-a', 'b'] });
  expect(log.records[1]).not.toHaveProperty('key');
});

test.each(['binary', 'structured'] as const)('the CloudEvents SDK as a sender: %s', async (mode) => {
  const { port, log } = await startIngress();
  const sdk = new SdkEvent({
    id: 'sdk',
    source: '/sdk',
    type: 'sdk.event',
    time: '2026-01-01T00:00:00.000Z',
    data: { a: 1 },
    ext: 'x',
  });
  const message = HTTP[mode](sdk);
  const headers = Object.fromEntries(Object.entries(message.headers).map(([name, value]) => [name, String(value)]));
  const none = {
    'ce-id': undefined,
    'ce-source': undefined,
    'ce-type': undefined,
    'ce-specversion': undefined,
    'content-type': undefined,
  };
  expect(await send(port, { headers: { ...none, ...headers }, body: String(message.body) })).toMatchObject({
    status: 202,
  });
  expect(log.events[0]?.attributes).toMatchObject({
    id: 'sdk',
    source: '/sdk',
    type: 'sdk.event',
    ext: 'x',
    time: '2026-01-01T00:00:00.000Z',
  });
  expect(JSON.parse(Buffer.from(log.events[0]?.data ?? []).toString())).toEqual({ a: 1 });
});
