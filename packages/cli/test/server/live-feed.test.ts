import { makeEvent, type RoutingTable, type SubscriptionRoute } from '@millrace/api';
import type { FlowEvent, LogRecord } from '@millrace/channel';
import { VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import type { LiveItem } from '../../src/live/wire.ts';
import { LiveFeed } from '../../src/server/live-feed.ts';

const subscription = (name: string, type: string): SubscriptionRoute => ({
  uid: `uid-${name}`,
  kind: 'Trigger',
  namespace: 'default',
  name,
  revision: 1,
  filter: { filters: [{ exact: { type } }] },
  delivery: { retryMax: 5, backoffPolicy: 'linear', backoffDelayMs: 1, timeoutMs: 1, retryAfterMaxMs: 0 },
  order: 'unordered',
  start: { kind: 'latest' },
  paused: false,
  maxInFlight: 1,
});

const table: RoutingTable = {
  logs: [
    {
      uid: 'log',
      kind: 'Broker',
      namespace: 'default',
      name: 'orders',
      path: '/default/orders',
      hosts: [],
      retention: { ageMs: 1, bytes: 1 },
      subscriptions: [subscription('billing', 'a'), subscription('ship', 'b')],
    },
  ],
};

function record(offset: number): LogRecord {
  const made = makeEvent({ id: `e${offset}`, source: '/s', type: 'a' });
  if (made.kind !== 'event') throw new Error(made.message);
  return { partition: 0, offset, timeMs: 0, bytes: 1, headers: [], event: made.event };
}

function feedWith() {
  const listeners = new Set<(event: FlowEvent) => void>();
  const feed = new LiveFeed({
    clock: new VirtualClock(),
    routingTable: () => table,
    onFlow(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  });
  return { feed, listeners, tell: (event: FlowEvent) => listeners.forEach((listener) => void listener(event)) };
}

const matched = (offset: number): FlowEvent => ({
  kind: 'matched',
  logUid: 'log',
  record: record(offset),
  subscriptions: ['uid-billing'],
});

describe('LiveFeed', () => {
  test('names instead of UIDs, and why the others did not match', () => {
    const { feed, tell } = feedWith();
    const items: LiveItem[] = [];
    feed.listen((item) => items.push(item));
    tell(matched(7));
    tell({
      kind: 'settled',
      logUid: 'log',
      subscription: 'uid-billing',
      record: record(7),
      terminal: { kind: 'dead-lettered', attempts: 6, to: 'store', error: '500' },
    });
    expect(items).toMatchObject([
      {
        kind: 'event',
        broker: 'default/orders',
        offset: 7,
        id: 'e7',
        matched: ['billing'],
        notMatched: [{ trigger: 'ship', reason: 'type' }],
      },
      { kind: 'settled', trigger: 'billing', outcome: 'dead-lettered', attempts: 6, to: 'store', error: '500' },
    ]);
  });

  test('F1: the engine is listened to only while somebody listens', () => {
    const { feed, listeners } = feedWith();
    expect(listeners.size).toBe(0);
    const stop = feed.listen(() => {});
    expect(listeners.size).toBe(1);
    stop();
    expect(listeners.size).toBe(0);
  });

  test('F2: a slow reader is told how many items it missed', async () => {
    const { feed, tell } = feedWith();
    const ended = new AbortController();
    const stream = feed.stream({}, ended.signal);
    const first = stream.next();
    for (let offset = 0; offset < 5_000; offset++) tell(matched(offset));
    const items = [(await first).value];
    for (let count = 0; count < 4_096; count++) items.push((await stream.next()).value);
    expect(items.at(-1)).toEqual({ kind: 'skipped', items: 904 });
    ended.abort();
    expect((await stream.next()).done).toBe(true);
  });

  test('only what was asked for: a broker, a trigger', async () => {
    const { feed, tell } = feedWith();
    const ended = new AbortController();
    const stream = feed.stream({ trigger: 'billing' }, ended.signal);
    const first = stream.next();
    tell({ ...matched(1), subscriptions: [] } as FlowEvent);
    tell(matched(2));
    expect((await first).value).toMatchObject({ offset: 2 });
    ended.abort();
  });
});
