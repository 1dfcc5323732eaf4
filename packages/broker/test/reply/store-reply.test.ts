/** Replies into the broker's log. Source: reference 3.5, design section 7: a reply that cannot be stored fails the delivery. */
import { type CloudEvent, makeEvent } from '@millrace/api';
import { createStoreReply } from '@millrace/broker';
import type { EventLog } from '@millrace/channel';
import { VirtualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { FakeLog, route } from '../ingress/support/ingress.ts';

function start() {
  const log = new FakeLog();
  const clock = new VirtualClock();
  const store = createStoreReply({
    clock,
    routeOf: (uid) => route('b', { uid, kind: uid === 'uid-channel' ? 'Channel' : 'Broker' }),
    logs: (uid) => (uid === 'uid-b' || uid === 'uid-channel' ? (log as unknown as EventLog) : undefined),
  });
  return { log, store: (event: CloudEvent, logUid = 'uid-b') => store({ logUid, event, headers: ['knative-a', 'b'] }) };
}

function reply(attributes: Record<string, string> = {}): CloudEvent {
  const made = makeEvent({ id: 'r', source: '/r', type: 'reply', data: Buffer.from('x'), ...attributes });
  if (made.kind !== 'event') throw new Error(made.message);
  return made.event;
}

test('a reply is stored with one off its TTL, its arrival time, its headers and its key', async () => {
  const { log, store } = start();
  expect(await store(reply({ knativebrokerttl: '9', partitionkey: 'k' }))).toEqual({ kind: 'stored' });
  expect(log.records).toMatchObject([{ key: 'k', headers: ['knative-a', 'b'] }]);
  expect(log.events[0]?.attributes).toMatchObject({
    id: 'r',
    knativebrokerttl: '8',
    knativearrivaltime: '2026-01-01T00:00:00.000Z',
  });
});

test('a reply without a TTL begins with the default', async () => {
  const { log, store } = start();
  await store(reply());
  expect(log.events[0]?.attributes['knativebrokerttl']).toBe('255');
});

test('a circle of replies ends: the TTL is used up, for good', async () => {
  const { log, store } = start();
  expect(await store(reply({ knativebrokerttl: '1' }))).toMatchObject({
    kind: 'refused',
    statusCode: 400,
    retryable: false,
  });
  expect(log.calls).toEqual([]);
});

test.each([
  [{ kind: 'full', reason: '1 GiB', heldBy: [] }, /full: 1 GiB/],
  [{ kind: 'busy', retryAfterMs: 5 }, /no more/],
  [{ kind: 'failed', reason: 'disk' }, /disk/],
] as const)('a log that is not ready (%j) refuses for now: 503, to be retried', async (outcome, reason) => {
  const { log, store } = start();
  log.outcome = outcome;
  expect(await store(reply())).toEqual({
    kind: 'refused',
    statusCode: 503,
    reason: expect.stringMatching(reason),
    retryable: true,
  });
});

test('5.1: a reply for a channel is stored as it is: no TTL, no arrival time', async () => {
  const { log, store } = start();
  expect(await store(reply({ knativebrokerttl: '1' }), 'uid-channel')).toEqual({ kind: 'stored' });
  expect(await store(reply(), 'uid-channel')).toEqual({ kind: 'stored' });
  expect(log.events[0]?.attributes['knativebrokerttl']).toBe('1');
  expect(Object.keys(log.events[1]?.attributes ?? {})).not.toContain('knativearrivaltime');
});

test('a log that is not open refuses for now', async () => {
  const { store } = start();
  expect(await store(reply(), 'uid-other')).toMatchObject({ kind: 'refused', statusCode: 503, retryable: true });
});

test('it is stored only when the log says so', async () => {
  const { log, store } = start();
  const durable = Promise.withResolvers<{ kind: 'appended'; positions: [] }>();
  log.outcome = durable.promise;
  let stored = false;
  const storing = store(reply()).then((outcome) => {
    stored = true;
    return outcome;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(stored).toBe(false);
  durable.resolve({ kind: 'appended', positions: [] });
  expect(await storing).toEqual({ kind: 'stored' });
});
