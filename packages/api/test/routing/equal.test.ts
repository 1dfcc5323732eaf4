/** Structural comparison: a change that changes nothing moves nothing, and every change is seen. */
import { describe, expect, it } from 'vitest';
import { defaultDeliveryPolicy } from '../../src/delivery/index.ts';
import {
  emptyRoutingTable,
  equalLogs,
  equalSubscriptions,
  equalTables,
  type LogRoute,
  type SubscriptionRoute,
} from '../../src/routing/index.ts';

const subscription: SubscriptionRoute = {
  uid: 'u',
  kind: 'Trigger',
  namespace: 'n',
  name: 't',
  revision: 3,
  filter: { filters: [{ any: [{ exact: { type: 'a', source: 'b' } }, { cesql: 'TRUE' }] }] },
  subscriber: { url: 'http://s/' },
  replyLogUid: 'l',
  delivery: defaultDeliveryPolicy,
  order: 'unordered',
  start: { kind: 'time', timeMs: 5 },
  paused: false,
  maxInFlight: 64,
};

const log: LogRoute = {
  uid: 'l',
  kind: 'Broker',
  namespace: 'n',
  name: 'b',
  path: '/n/b',
  hosts: ['h1', 'h2'],
  retention: { ageMs: 1, bytes: 2 },
  subscriptions: [subscription],
};

describe('equal', () => {
  it('a table is equal to its copy, whatever the order of members', () => {
    const turned = Object.fromEntries(Object.entries(subscription).reverse()) as unknown as SubscriptionRoute;
    expect(equalSubscriptions(subscription, turned)).toBe(true);
    expect(equalTables({ logs: [log] }, { logs: [structuredClone(log)] })).toBe(true);
    expect(equalTables(emptyRoutingTable, { logs: [] })).toBe(true);
  });

  it('a member that is undefined counts as absent', () => {
    const padded = { ...subscription, ratePerSecond: undefined } as unknown as SubscriptionRoute;
    expect(equalSubscriptions(subscription, padded)).toBe(true);
    expect(equalSubscriptions(padded, subscription)).toBe(true);
  });
});

describe('every change of a subscription is seen', () => {
  it.each([
    [{ uid: 'v' }],
    [{ revision: 4 }],
    [{ filter: {} }],
    [{ filter: { filters: [{ any: [{ cesql: 'TRUE' }, { exact: { type: 'a', source: 'b' } }] }] } }],
    [{ filter: { filters: [{ any: [{ exact: { type: 'a' } }, { cesql: 'TRUE' }] }] } }],
    [{ subscriber: { url: 'http://s/', audience: 'x' } }],
    [{ subscriber: undefined }],
    [{ replyLogUid: 'm' }],
    [{ deadLetterSink: { url: 'http://d/' } }],
    [{ delivery: { ...defaultDeliveryPolicy, timeoutMs: 1 } }],
    [{ order: 'ordered' }],
    [{ start: { kind: 'latest' } }],
    [{ paused: true }],
    [{ maxInFlight: 63 }],
    [{ ratePerSecond: 1 }],
  ])('%j', (change) => {
    const changed = { ...subscription, ...change } as SubscriptionRoute;
    expect(equalSubscriptions(subscription, changed)).toBe(false);
    expect(equalLogs(log, { ...log, subscriptions: [changed] })).toBe(false);
    expect(equalTables({ logs: [log] }, { logs: [{ ...log, subscriptions: [changed] }] })).toBe(false);
  });
});

describe('every change of a log is seen', () => {
  it.each([
    [{ hosts: ['h2', 'h1'] }],
    [{ hosts: ['h1'] }],
    [{ retention: { ageMs: 1, bytes: 3 } }],
    [{ subscriptions: [] }],
  ])('%j', (change) => {
    expect(equalLogs(log, { ...log, ...change })).toBe(false);
  });
});
