/** The plan of a Sequence: reference sections 2.4 and 5.4. */
import type { Resource, RoutingTable, Sequence } from '@millrace/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { observeSequence } from '../../../src/reconcile/sequence/observe.ts';
import { planSequence } from '../../../src/reconcile/sequence/plan.ts';
import { channelOf, channelsOf, FakeWorld, flows, marksOf, routeOf, stored, to, view, withStatus } from './support.ts';

let world: FakeWorld;

beforeEach(() => {
  world = new FakeWorld('Sequence', 'flow', (flow, context) =>
    planSequence(observeSequence(flow as Sequence, context)),
  );
});

/** The table in force: the channels of the flow, each with its Subscription replying to the log that is named. */
function inForce(replies: readonly (string | undefined)[]): RoutingTable {
  const logs = replies.map((replyLogUid, index) => {
    const name = `flow-kn-sequence-${index}`;
    return channelOf(`log-${index}`, name, [routeOf(name, replyLogUid === undefined ? {} : { replyLogUid })]);
  });
  return { logs };
}
const channelRef = (index: number) => ({
  ref: { apiVersion: channelsOf, kind: 'LogChannel', name: `flow-kn-sequence-${index}`, namespace: 'default' },
});

describe('5.4: children', () => {
  test('"Channel i and Subscription i are both named <sequence>-kn-sequence-<i>"', () => {
    world.start({ steps: [to('a'), to('b'), to('c')], reply: to('end') });
    const names = ['flow-kn-sequence-0', 'flow-kn-sequence-1', 'flow-kn-sequence-2'];
    expect(world.names('LogChannel')).toEqual(names);
    expect(world.names('Subscription')).toEqual(names);
  });

  test('"Subscription i subscribes channel i, delivers to step i (with its delivery), and replies to channel i+1"', () => {
    world.start({ steps: [{ ...to('a'), delivery: { retry: 4 } }, to('b')], reply: to('end') });
    const channel = { apiVersion: channelsOf, kind: 'LogChannel' };
    expect(world.specOf('flow-kn-sequence-0')).toEqual({
      channel: { ...channel, name: 'flow-kn-sequence-0' },
      subscriber: to('a'),
      delivery: { retry: 4 },
      reply: channelRef(1),
    });
    expect(world.specOf('flow-kn-sequence-1')).toEqual({
      channel: { ...channel, name: 'flow-kn-sequence-1' },
      subscriber: to('b'),
      reply: to('end'),
    });
  });

  test('"the last replies to spec.reply or drops"', () => {
    world.start({ steps: [to('a')] });
    expect(world.specOf('flow-kn-sequence-0')).not.toHaveProperty('reply');
  });

  test('10: "all children have controller ownerReferences with blockOwnerDeletion"', () => {
    world.start({ steps: [to('a')] });
    for (const kind of ['LogChannel', 'Subscription']) {
      expect(world.get(kind, 'flow-kn-sequence-0')?.metadata.ownerReferences).toEqual([
        {
          apiVersion: flows,
          kind: 'Sequence',
          name: 'flow',
          uid: 'uid-of-flow',
          controller: true,
          blockOwnerDeletion: true,
        },
      ]);
    }
  });

  test('channels are of the template, spec and all', () => {
    const spec = { numPartitions: 3 };
    world.start({
      steps: [to('a')],
      channelTemplate: { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', spec },
    });
    expect(world.get('KafkaChannel', 'flow-kn-sequence-0')?.spec).toMatchObject(spec);
  });

  test('10: a name that is too long is cut, with its MD5', () => {
    const name = `f${'l'.repeat(59)}w`;
    world.give({ steps: [to('a')] }, name);
    const [write] = world.plan().writes;
    const made = write?.object.metadata.name ?? '';
    expect(made).toMatch(/^fl{16}[0-9a-f]{32}-kn-sequence-0$/);
    expect(made).toHaveLength(63);
  });

  test('a new Subscription begins with the first event of its channel', () => {
    world.start({ steps: [to('a')] });
    expect(world.get('Subscription', 'flow-kn-sequence-0')?.metadata.annotations).toEqual({
      'millrace.dev/start': 'earliest',
    });
  });

  test('one that was ready and was deleted by a person begins again where it was, not with all that is kept', () => {
    world.start({ steps: [to('a')] });
    world.drop('Subscription', 'flow-kn-sequence-0');
    world.reconcile();
    expect(world.get('Subscription', 'flow-kn-sequence-0')?.metadata.annotations).toEqual({
      'millrace.dev/start': '2026-01-31T09:29:55Z',
    });
  });

  test('an object of the same name that is not ours is left alone, and named', () => {
    const own = { apiVersion: channelsOf, kind: 'LogChannel' };
    world.put(stored({ ...own, metadata: { name: 'flow-kn-sequence-0', namespace: 'default' } }));
    world.give({ steps: [to('a')] });
    const planned = world.plan();
    expect(planned.writes.map(({ kind, object }) => `${kind} ${object.kind}`)).toEqual(['create Subscription']);
    expect(planned.marks.find(({ type }) => type === 'ChannelsReady')?.message).toContain('flow-kn-sequence-0');
  });

  test('what is as it should be is not written again', () => {
    world.start({ steps: [to('a'), to('b')], reply: to('end') });
    expect(world.plan().writes).toEqual([]);
  });
});

describe('2.4: status', () => {
  test('"Not-ready children give Unknown (ChannelsNotReady, SubscriptionsNotReady, emptyAddress)"', () => {
    world.give({ steps: [to('a')] });
    world.reconcile(false);
    expect(marksOf(world.plan())).toEqual([
      'ChannelsReady=Unknown(ChannelsNotReady)',
      'SubscriptionsReady=Unknown(SubscriptionsNotReady)',
      'Addressable=Unknown(emptyAddress)',
      'EventPoliciesReady=True(OIDCDisabled)',
    ]);
  });

  test('"ready is a condition; reason NoReady when child has none"', () => {
    world.give({ steps: [to('a')] });
    world.reconcile(false);
    const none = { type: 'Ready', status: 'Unknown', reason: 'NoReady' };
    const ref = { name: 'flow-kn-sequence-0', namespace: 'default' };
    expect(world.plan().fields).toMatchObject({
      channelStatuses: [{ channel: { apiVersion: channelsOf, kind: 'LogChannel', ...ref }, ready: none }],
      subscriptionStatuses: [
        { subscription: { apiVersion: 'messaging.knative.dev/v1', kind: 'Subscription', ...ref }, ready: none },
      ],
    });
  });

  test('"address = first channel\'s", without the name field', () => {
    world.start({ steps: [to('a'), to('b')] });
    const planned = world.plan();
    expect(marksOf(planned)).toEqual([
      'ChannelsReady=True',
      'SubscriptionsReady=True',
      'Addressable=True',
      'EventPoliciesReady=True(OIDCDisabled)',
    ]);
    expect(planned.fields['address']).toEqual({ url: 'http://localhost:8080/channels/default/flow-kn-sequence-0' });
  });

  test('a child whose status is of an earlier generation is not ready', () => {
    world.start({ steps: [to('a')] });
    const child = world.get('Subscription', 'flow-kn-sequence-0') as Resource;
    world.put({ ...child, metadata: { ...child.metadata, generation: 2 } });
    expect(marksOf(world.plan())).toContain('SubscriptionsReady=Unknown(SubscriptionsNotReady)');
  });

  test('one child that is not ready is enough', () => {
    world.start({ steps: [to('a'), to('b')] });
    world.put(withStatus(world.get('LogChannel', 'flow-kn-sequence-1') as Resource, 'False'));
    expect(marksOf(world.plan())).toContain('ChannelsReady=Unknown(ChannelsNotReady)');
  });
});

describe('steps are changed while events are on their way', () => {
  test('a Subscription is changed in place: the same object, another subscriber', () => {
    world.start({ steps: [to('a'), to('b')] });
    world.give({ steps: [to('x'), to('b')] });
    const [write, ...more] = world.plan().writes;
    expect(more).toEqual([]);
    expect(write).toMatchObject({
      kind: 'update',
      object: { metadata: { uid: 'uid-of-flow-kn-sequence-0' }, spec: { subscriber: to('x') } },
    });
  });

  test('a step is added: the one before it goes on as it was until the new channel has an address', () => {
    world.start({ steps: [to('a')], reply: to('end') });
    world.give({ steps: [to('a'), to('b')], reply: to('end') });
    world.reconcile(false);
    expect(world.specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a'), reply: to('end') });
    expect(world.specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('b'), reply: to('end') });
    world.put(withStatus(world.get('LogChannel', 'flow-kn-sequence-1') as Resource));
    world.reconcile();
    expect(world.specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a'), reply: channelRef(1) });
  });

  test('a step is put in: no Subscription is changed before all channels after it have an address', () => {
    world.start({ steps: [to('a'), to('c')] });
    world.give({ steps: [to('x'), to('a'), to('c')] });
    world.reconcile(false);
    expect(world.specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a') });
    expect(world.specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('c') });
    world.put(withStatus(world.get('LogChannel', 'flow-kn-sequence-2') as Resource));
    const updates = world.reconcile().writes.map(({ object }) => object.metadata.name);
    expect(updates).toEqual(['flow-kn-sequence-1', 'flow-kn-sequence-0']);
  });

  test('a template of another kind: channels that are there stay, and the status says so', () => {
    world.start({ steps: [to('a')] });
    const channelTemplate = { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' };
    world.give({ steps: [to('a'), to('b')], channelTemplate });
    const planned = world.reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
    expect(world.names('InMemoryChannel')).toEqual(['flow-kn-sequence-1']);
    expect(marksOf(planned)).toContain('ChannelTemplateApplied=False(ChannelsKept)');
  });

  test('a template of the same kind with another spec is laid over that of the channel', () => {
    const of = (spec: object) => ({ apiVersion: channelsOf, kind: 'LogChannel', spec });
    world.start({ steps: [to('a')], channelTemplate: of({ delivery: { retry: 1 } }) });
    world.give({ steps: [to('a')], channelTemplate: of({ delivery: { retry: 2 } }) });
    world.reconcile();
    expect(world.get('LogChannel', 'flow-kn-sequence-0')?.spec).toEqual({ delivery: { retry: 2 } });
  });
});

describe('steps are removed while events are on their way', () => {
  const own = 'uid-of-flow-kn-sequence-1';
  const draining = 'RemovedDrained=False(Draining)';

  beforeEach(() => {
    world.start({ steps: [to('a'), to('b')], reply: to('end') });
    world.table = inForce(['log-1', undefined]);
    world.progress.set('uid-of-flow-kn-sequence-0', view());
    world.progress.set(own, view({ end: 3, lag: 3 }));
    world.give({ steps: [to('a')], reply: to('other') });
  });

  const pass = (ms: number) => {
    world.nowMs += ms;
  };

  test('the step before replies to the end, at once; what is left goes on to the new end', () => {
    world.reconcile();
    expect(world.specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a'), reply: to('other') });
    expect(world.specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('b'), reply: to('other') });
  });

  test('nothing goes while a route in force leads to it', () => {
    world.progress.set(own, view());
    world.reconcile();
    pass(60_000);
    const planned = world.reconcile();
    expect(world.names('LogChannel')).toHaveLength(2);
    expect(marksOf(planned)).toContain(draining);
    expect(planned.lookAgainMs).toBeGreaterThan(0);
    expect(planned.fields['draining']).toEqual([{ subscription: 'flow-kn-sequence-1' }]);
  });

  test('nothing goes while events wait in it', () => {
    world.reconcile();
    world.table = inForce([undefined, undefined]);
    world.reconcile();
    pass(60_000);
    expect(marksOf(world.reconcile())).toContain(draining);
    expect(world.names('LogChannel')).toHaveLength(2);
  });

  test('nothing goes while a delivery that began before may still answer', () => {
    world.progress.set(own, view());
    world.reconcile();
    world.table = inForce([undefined, undefined]);
    world.reconcile();
    pass(60_000);
    const busy = { inFlight: 1, lag: 5, end: 5 };
    world.progress.set('uid-of-flow-kn-sequence-0', view({ ...busy, oldestUnsettledMs: 61_000 }));
    expect(marksOf(world.reconcile())).toContain(draining);
    world.progress.set('uid-of-flow-kn-sequence-0', view({ ...busy, oldestUnsettledMs: 1_000 }));
    world.reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('nothing goes while nobody knows how far it is', () => {
    world.progress.delete(own);
    world.table = inForce([undefined, undefined]);
    world.reconcile();
    pass(60_000);
    expect(marksOf(world.reconcile())).toContain(draining);
  });

  test('nothing goes while its partitions are not served here, as after a start: a lag of 0 says nothing then', () => {
    world.progress.set(own, view({ partitions: 0 }));
    world.table = inForce([undefined, undefined]);
    world.reconcile();
    pass(60_000);
    expect(marksOf(world.reconcile())).toContain(draining);
    world.progress.set(own, view({ partitions: 1 }));
    world.reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('it goes when all has arrived, and the status says that it is over', () => {
    world.table = inForce([undefined, undefined]);
    world.reconcile();
    pass(60_000);
    world.progress.set(own, view({ position: 3, end: 3 }));
    world.reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
    expect(world.names('Subscription')).toEqual(['flow-kn-sequence-0']);
    const planned = world.reconcile();
    expect(marksOf(planned)).toContain('RemovedDrained=True');
    expect(planned.fields['draining']).toBeUndefined();
    expect(planned.lookAgainMs).toBeUndefined();
  });

  test('a channel that never took an event goes at once', () => {
    const bare = stored(world.get('LogChannel', 'flow-kn-sequence-1') as Resource);
    world.put({ ...bare, status: {} });
    world.progress.delete(own);
    world.table = inForce([undefined]);
    world.reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('a person gives up what waits by deleting the Subscription: its channel follows', () => {
    world.drop('Subscription', 'flow-kn-sequence-1');
    world.reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('the step comes back: what was draining is a step again', () => {
    world.reconcile();
    world.give({ steps: [to('a'), to('b2')] });
    const planned = world.reconcile();
    expect(world.specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('b2') });
    expect(world.specOf('flow-kn-sequence-0')).toMatchObject({ reply: channelRef(1) });
    expect(planned.fields['draining']).toBeUndefined();
  });
});

test('several steps are removed: the first of them goes first, and events still pass through all of them', () => {
  world.start({ steps: [to('a'), to('b'), to('c')], reply: to('end') });
  for (const index of [0, 1, 2]) world.progress.set(`uid-of-flow-kn-sequence-${index}`, view());
  world.give({ steps: [to('a')], reply: to('end') });
  world.table = inForce([undefined, 'log-2', undefined]);
  world.reconcile();
  expect(world.specOf('flow-kn-sequence-1')).toMatchObject({ reply: channelRef(2) });
  world.nowMs += 60_000;
  world.reconcile();
  expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0', 'flow-kn-sequence-2']);
  world.reconcile();
  world.nowMs += 60_000;
  world.reconcile();
  expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
});
