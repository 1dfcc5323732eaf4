/** The plan of a Parallel: reference sections 2.4 and 5.5. */
import type { Parallel, Resource } from '@millrace/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { observeParallel } from '../../../src/reconcile/parallel/observe.ts';
import { planParallel } from '../../../src/reconcile/parallel/plan.ts';
import { channelOf, channelsOf, FakeWorld, marksOf, routeOf, to, view, withStatus } from './support.ts';

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld('Parallel', 'p', (flow, context) => planParallel(observeParallel(flow as Parallel, context)));
});

const startOf = (name: string) => world.get('Subscription', name)?.metadata.annotations?.['millrace.dev/start'];
const channel = (name: string) => ({ apiVersion: channelsOf, kind: 'LogChannel', name });
const channelRef = (name: string) => ({ ref: { ...channel(name), namespace: 'default' } });
const two = [
  { filter: to('f0'), subscriber: to('s0'), reply: to('r0') },
  { subscriber: to('s1'), delivery: { retry: 3 } },
];

describe('5.5: children', () => {
  test('names: ingress channel, branch channels, filter and branch Subscriptions', () => {
    world.start({ branches: two });
    expect(world.names('LogChannel')).toEqual(['p-kn-parallel', 'p-kn-parallel-0', 'p-kn-parallel-1']);
    expect(world.names('Subscription')).toEqual([
      'p-kn-parallel-0',
      'p-kn-parallel-1',
      'p-kn-parallel-filter-0',
      'p-kn-parallel-filter-1',
    ]);
  });

  test('"filter subscription (ingress → filter, reply → branch channel)"', () => {
    world.start({ branches: two });
    expect(world.specOf('p-kn-parallel-filter-0')).toEqual({
      channel: channel('p-kn-parallel'),
      subscriber: to('f0'),
      reply: channelRef('p-kn-parallel-0'),
    });
  });

  test('"No filter → the filter subscription delivers straight to the branch channel"', () => {
    world.start({ branches: two });
    expect(world.specOf('p-kn-parallel-filter-1')).toEqual({
      channel: channel('p-kn-parallel'),
      subscriber: channelRef('p-kn-parallel-1'),
    });
  });

  test('"Reply target: branch reply, else Parallel reply. delivery applies only to the branch subscription"', () => {
    world.start({ branches: two, reply: to('end') });
    expect(world.specOf('p-kn-parallel-0')).toEqual({
      channel: channel('p-kn-parallel-0'),
      subscriber: to('s0'),
      reply: to('r0'),
    });
    expect(world.specOf('p-kn-parallel-1')).toEqual({
      channel: channel('p-kn-parallel-1'),
      subscriber: to('s1'),
      reply: to('end'),
      delivery: { retry: 3 },
    });
  });

  test('all of a new Parallel begin with the first event; a branch that is added with the next one', () => {
    world.start({ branches: two.slice(0, 1) });
    expect(startOf('p-kn-parallel-filter-0')).toBe('earliest');
    world.give({ branches: two });
    world.reconcile();
    expect(startOf('p-kn-parallel-filter-1')).toBe('latest');
    expect(startOf('p-kn-parallel-1')).toBe('earliest');
  });

  test('what is as it should be is not written again', () => {
    world.start({ branches: two, reply: to('end') });
    expect(world.plan().writes).toEqual([]);
  });

  test('the filter and the subscriber of a branch are changed in place', () => {
    world.start({ branches: two });
    world.give({ branches: [{ filter: to('g0'), subscriber: to('t0') }, two[1]] });
    const writes = world.plan().writes.map(({ kind, object }) => `${kind} ${object.metadata.name}`);
    expect(writes).toEqual(['update p-kn-parallel-0', 'update p-kn-parallel-filter-0']);
  });
});

describe('2.4: status', () => {
  test('"not-ready children give False", a channel "counts as ready when addressable (NotAddressable)"', () => {
    world.give({ branches: two });
    const planned = world.reconcile(false);
    expect(marksOf(planned)).toEqual([
      'ChannelsReady=False(ChannelsNotReady)',
      'SubscriptionsReady=False(SubscriptionsNotReady)',
      'Addressable=False(emptyAddress)',
      'EventPoliciesReady=True(OIDCDisabled)',
    ]);
    expect(planned.fields).toMatchObject({
      ingressChannelStatus: { channel: channel('p-kn-parallel'), ready: { status: 'False', reason: 'NotAddressable' } },
    });
  });

  test('"branchStatuses[{filterSubscriptionStatus, filterChannelStatus, subscriberSubscriptionStatus}]"', () => {
    world.start({ branches: two });
    const planned = world.plan();
    expect(marksOf(planned)).toEqual([
      'ChannelsReady=True',
      'SubscriptionsReady=True',
      'Addressable=True',
      'EventPoliciesReady=True(OIDCDisabled)',
    ]);
    expect(planned.fields['branchStatuses']).toMatchObject([
      {
        filterSubscriptionStatus: { subscription: { name: 'p-kn-parallel-filter-0' }, ready: { status: 'True' } },
        filterChannelStatus: { channel: { name: 'p-kn-parallel-0' }, ready: { status: 'True' } },
        subscriberSubscriptionStatus: { subscription: { name: 'p-kn-parallel-0' }, ready: { status: 'True' } },
      },
      { filterChannelStatus: { channel: { name: 'p-kn-parallel-1' } } },
    ]);
    expect(planned.fields['address']).toEqual({ url: 'http://localhost:8080/channels/default/p-kn-parallel' });
  });

  test('a channel that is addressable and not ready is enough, a Subscription that is not ready is not', () => {
    world.start({ branches: two });
    world.put(withStatus(world.get('LogChannel', 'p-kn-parallel-0') as Resource, 'False'));
    world.put(withStatus(world.get('Subscription', 'p-kn-parallel-0') as Resource, 'Unknown'));
    expect(marksOf(world.plan()).slice(0, 2)).toEqual([
      'ChannelsReady=True',
      'SubscriptionsReady=False(SubscriptionsNotReady)',
    ]);
  });
});

describe('a branch is removed while events are on their way', () => {
  const filter = 'uid-of-p-kn-parallel-filter-1';
  const branch = 'uid-of-p-kn-parallel-1';
  const url = 'http://localhost:8080/channels/default/p-kn-parallel-1';

  /** The ingress channel with the filter's Subscription, which brings events to the branch by its address. */
  const inForce = (withFilter: boolean): void => {
    const filterRoute = routeOf('p-kn-parallel-filter-1', { subscriber: { url } });
    world.table = {
      logs: [
        channelOf('ingress', 'p-kn-parallel', withFilter ? [filterRoute] : []),
        channelOf('branch', 'p-kn-parallel-1', [routeOf('p-kn-parallel-1')]),
      ],
    };
  };

  beforeEach(() => {
    world.start({ branches: two });
    inForce(true);
    world.progress.set(filter, view({ lag: 4, end: 4, inFlight: 1, oldestUnsettledMs: 10 }));
    world.progress.set(branch, view({ lag: 2, end: 2 }));
    world.give({ branches: two.slice(0, 1) });
  });

  const left = () => world.names('Subscription').filter((name) => name.endsWith('-1'));

  test('its filter goes when it is done with what had come by then', () => {
    world.reconcile();
    world.nowMs += 10_000;
    world.progress.set(filter, view({ lag: 4, end: 9, inFlight: 1, oldestUnsettledMs: 10_500 }));
    world.reconcile();
    expect(left()).toEqual(['p-kn-parallel-1', 'p-kn-parallel-filter-1']);
    world.progress.set(filter, view({ lag: 4, end: 20, inFlight: 1, oldestUnsettledMs: 30 }));
    const planned = world.reconcile();
    expect(left()).toEqual(['p-kn-parallel-1']);
    expect(marksOf(planned)).toContain('RemovedDrained=False(Draining)');
  });

  test('its channel goes after its filter, when it is empty', () => {
    world.progress.set(filter, view());
    world.progress.set(branch, view());
    world.reconcile();
    world.nowMs += 10_000;
    world.reconcile();
    expect(left()).toEqual(['p-kn-parallel-1']);
    inForce(false);
    world.progress.set(branch, view({ lag: 1, end: 1 }));
    world.reconcile();
    world.nowMs += 10_000;
    world.reconcile();
    expect(left()).toEqual(['p-kn-parallel-1']);
    world.progress.set(branch, view({ position: 1, end: 1 }));
    world.reconcile();
    expect(left()).toEqual([]);
    expect(world.names('LogChannel')).toEqual(['p-kn-parallel', 'p-kn-parallel-0']);
    expect(marksOf(world.reconcile())).toContain('RemovedDrained=True');
  });

  test('its answers go where they went', () => {
    world.reconcile();
    expect(world.specOf('p-kn-parallel-1')).toMatchObject({ subscriber: to('s1') });
  });
});
