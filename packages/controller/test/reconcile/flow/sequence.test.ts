/** The plan of a Sequence: reference sections 2.4 and 5.4. */
import type { Resource, Sequence } from '@millrace/api';
import { beforeEach, describe, expect, test } from 'vitest';
import type { FlowPlan } from '../../../src/reconcile/flow/plan.ts';
import { observeSequence } from '../../../src/reconcile/sequence/observe.ts';
import { planSequence } from '../../../src/reconcile/sequence/plan.ts';
import { channelsOf, FakeWorld, flows, inForce, marksOf, settled, stored, to, view, withStatus } from './support.ts';

let world: FakeWorld;
let sequence: Resource;

beforeEach(() => {
  world = new FakeWorld();
});

function give(spec: Record<string, unknown>, name = 'flow'): void {
  const before = sequence?.metadata.name === name ? sequence.status : undefined;
  const made = stored({ apiVersion: flows, kind: 'Sequence', metadata: { name, namespace: 'default' }, spec });
  sequence = before === undefined ? made : { ...made, status: before };
}

function plan(): FlowPlan {
  return planSequence(observeSequence(sequence as Sequence, world.context));
}

/** One reconcile: plans, writes, keeps the status. */
function reconcile(ready = true): FlowPlan {
  const planned = plan();
  world.write(planned, ready);
  sequence = settled(sequence, planned);
  return planned;
}

function start(spec: Record<string, unknown>): void {
  sequence = undefined as unknown as Resource;
  give(spec);
  reconcile();
  reconcile();
}

const specOf = (name: string) => world.get('Subscription', name)?.spec as Record<string, unknown>;
const channelRef = (index: number) => ({
  ref: { apiVersion: channelsOf, kind: 'LogChannel', name: `flow-kn-sequence-${index}`, namespace: 'default' },
});

describe('5.4: children', () => {
  test('"Channel i and Subscription i are both named <sequence>-kn-sequence-<i>"', () => {
    start({ steps: [to('a'), to('b'), to('c')], reply: to('end') });
    const names = ['flow-kn-sequence-0', 'flow-kn-sequence-1', 'flow-kn-sequence-2'];
    expect(world.names('LogChannel')).toEqual(names);
    expect(world.names('Subscription')).toEqual(names);
  });

  test('"Subscription i subscribes channel i, delivers to step i (with its delivery), and replies to channel i+1"', () => {
    start({ steps: [{ ...to('a'), delivery: { retry: 4 } }, to('b')], reply: to('end') });
    const channel = { apiVersion: channelsOf, kind: 'LogChannel' };
    expect(specOf('flow-kn-sequence-0')).toEqual({
      channel: { ...channel, name: 'flow-kn-sequence-0' },
      subscriber: to('a'),
      delivery: { retry: 4 },
      reply: channelRef(1),
    });
    expect(specOf('flow-kn-sequence-1')).toEqual({
      channel: { ...channel, name: 'flow-kn-sequence-1' },
      subscriber: to('b'),
      reply: to('end'),
    });
  });

  test('"the last replies to spec.reply or drops"', () => {
    start({ steps: [to('a')] });
    expect(specOf('flow-kn-sequence-0')).not.toHaveProperty('reply');
  });

  test('10: "all children have controller ownerReferences with blockOwnerDeletion"', () => {
    start({ steps: [to('a')] });
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
    start({
      steps: [to('a')],
      channelTemplate: { apiVersion: 'messaging.knative.dev/v1', kind: 'KafkaChannel', spec },
    });
    expect(world.get('KafkaChannel', 'flow-kn-sequence-0')?.spec).toMatchObject(spec);
  });

  test('10: a name that is too long is cut, with its MD5', () => {
    const name = `f${'l'.repeat(59)}w`;
    give({ steps: [to('a')] }, name);
    const [write] = plan().writes;
    const made = write?.object.metadata.name ?? '';
    expect(made).toMatch(/^fl{16}[0-9a-f]{32}-kn-sequence-0$/);
    expect(made).toHaveLength(63);
  });

  test('a new Subscription begins with the first event of its channel', () => {
    start({ steps: [to('a')] });
    expect(world.get('Subscription', 'flow-kn-sequence-0')?.metadata.annotations).toEqual({
      'millrace.dev/start': 'earliest',
    });
  });

  test('one that was ready and was deleted by a person begins again where it was, not with all that is kept', () => {
    start({ steps: [to('a')] });
    world.drop('Subscription', 'flow-kn-sequence-0');
    reconcile();
    expect(world.get('Subscription', 'flow-kn-sequence-0')?.metadata.annotations).toEqual({
      'millrace.dev/start': '2026-01-31T09:29:55Z',
    });
  });

  test('an object of the same name that is not ours is left alone, and named', () => {
    const own = { apiVersion: channelsOf, kind: 'LogChannel' };
    world.put(stored({ ...own, metadata: { name: 'flow-kn-sequence-0', namespace: 'default' } }));
    sequence = undefined as unknown as Resource;
    give({ steps: [to('a')] });
    const planned = plan();
    expect(planned.writes.map(({ kind, object }) => `${kind} ${object.kind}`)).toEqual(['create Subscription']);
    expect(planned.marks.find(({ type }) => type === 'ChannelsReady')?.message).toContain('flow-kn-sequence-0');
  });

  test('what is as it should be is not written again', () => {
    start({ steps: [to('a'), to('b')], reply: to('end') });
    expect(plan().writes).toEqual([]);
  });
});

describe('2.4: status', () => {
  test('"Not-ready children give Unknown (ChannelsNotReady, SubscriptionsNotReady, emptyAddress)"', () => {
    sequence = undefined as unknown as Resource;
    give({ steps: [to('a')] });
    reconcile(false);
    expect(marksOf(plan())).toEqual([
      'ChannelsReady=Unknown(ChannelsNotReady)',
      'SubscriptionsReady=Unknown(SubscriptionsNotReady)',
      'Addressable=Unknown(emptyAddress)',
      'EventPoliciesReady=True(OIDCDisabled)',
    ]);
  });

  test('"ready is a condition; reason NoReady when child has none"', () => {
    sequence = undefined as unknown as Resource;
    give({ steps: [to('a')] });
    reconcile(false);
    const none = { type: 'Ready', status: 'Unknown', reason: 'NoReady' };
    const ref = { name: 'flow-kn-sequence-0', namespace: 'default' };
    expect(plan().fields).toMatchObject({
      channelStatuses: [{ channel: { apiVersion: channelsOf, kind: 'LogChannel', ...ref }, ready: none }],
      subscriptionStatuses: [
        { subscription: { apiVersion: 'messaging.knative.dev/v1', kind: 'Subscription', ...ref }, ready: none },
      ],
    });
  });

  test('"address = first channel\'s", without the name field', () => {
    start({ steps: [to('a'), to('b')] });
    const planned = plan();
    expect(marksOf(planned)).toEqual([
      'ChannelsReady=True',
      'SubscriptionsReady=True',
      'Addressable=True',
      'EventPoliciesReady=True(OIDCDisabled)',
    ]);
    expect(planned.fields['address']).toEqual({ url: 'http://localhost:8080/channels/default/flow-kn-sequence-0' });
  });

  test('a child whose status is of an earlier generation is not ready', () => {
    start({ steps: [to('a')] });
    const child = world.get('Subscription', 'flow-kn-sequence-0') as Resource;
    world.put({ ...child, metadata: { ...child.metadata, generation: 2 } });
    expect(marksOf(plan())).toContain('SubscriptionsReady=Unknown(SubscriptionsNotReady)');
  });

  test('one child that is not ready is enough', () => {
    start({ steps: [to('a'), to('b')] });
    world.put(withStatus(world.get('LogChannel', 'flow-kn-sequence-1') as Resource, 'False'));
    expect(marksOf(plan())).toContain('ChannelsReady=Unknown(ChannelsNotReady)');
  });
});

describe('steps are changed while events are on their way', () => {
  test('a Subscription is changed in place: the same object, another subscriber', () => {
    start({ steps: [to('a'), to('b')] });
    give({ steps: [to('x'), to('b')] });
    const [write, ...more] = plan().writes;
    expect(more).toEqual([]);
    expect(write).toMatchObject({
      kind: 'update',
      object: { metadata: { uid: 'uid-of-flow-kn-sequence-0' }, spec: { subscriber: to('x') } },
    });
  });

  test('a step is added: the one before it goes on as it was until the new channel has an address', () => {
    start({ steps: [to('a')], reply: to('end') });
    give({ steps: [to('a'), to('b')], reply: to('end') });
    reconcile(false);
    expect(specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a'), reply: to('end') });
    expect(specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('b'), reply: to('end') });
    world.put(withStatus(world.get('LogChannel', 'flow-kn-sequence-1') as Resource));
    reconcile();
    expect(specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a'), reply: channelRef(1) });
  });

  test('a step is put in: no Subscription is changed before all channels after it have an address', () => {
    start({ steps: [to('a'), to('c')] });
    give({ steps: [to('x'), to('a'), to('c')] });
    reconcile(false);
    expect(specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a') });
    expect(specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('c') });
    world.put(withStatus(world.get('LogChannel', 'flow-kn-sequence-2') as Resource));
    const updates = reconcile().writes.map(({ object }) => object.metadata.name);
    expect(updates).toEqual(['flow-kn-sequence-1', 'flow-kn-sequence-0']);
  });

  test('a template of another kind: channels that are there stay, and the status says so', () => {
    start({ steps: [to('a')] });
    const channelTemplate = { apiVersion: 'messaging.knative.dev/v1', kind: 'InMemoryChannel' };
    give({ steps: [to('a'), to('b')], channelTemplate });
    const planned = reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
    expect(world.names('InMemoryChannel')).toEqual(['flow-kn-sequence-1']);
    expect(marksOf(planned)).toContain('ChannelTemplateApplied=False(ChannelsKept)');
  });

  test('a template of the same kind with another spec is laid over that of the channel', () => {
    const of = (spec: object) => ({ apiVersion: channelsOf, kind: 'LogChannel', spec });
    start({ steps: [to('a')], channelTemplate: of({ delivery: { retry: 1 } }) });
    give({ steps: [to('a')], channelTemplate: of({ delivery: { retry: 2 } }) });
    reconcile();
    expect(world.get('LogChannel', 'flow-kn-sequence-0')?.spec).toEqual({ delivery: { retry: 2 } });
  });
});

describe('steps are removed while events are on their way', () => {
  const own = 'uid-of-flow-kn-sequence-1';
  const draining = 'RemovedDrained=False(Draining)';

  beforeEach(() => {
    start({ steps: [to('a'), to('b')], reply: to('end') });
    world.table = inForce(['log-1', undefined]);
    world.progress.set('uid-of-flow-kn-sequence-0', view());
    world.progress.set(own, view({ end: 3, lag: 3 }));
    give({ steps: [to('a')], reply: to('other') });
  });

  const pass = (ms: number) => {
    world.nowMs += ms;
  };

  test('the step before replies to the end, at once; what is left goes on to the new end', () => {
    reconcile();
    expect(specOf('flow-kn-sequence-0')).toMatchObject({ subscriber: to('a'), reply: to('other') });
    expect(specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('b'), reply: to('other') });
  });

  test('nothing goes while a route in force leads to it', () => {
    world.progress.set(own, view());
    reconcile();
    pass(60_000);
    const planned = reconcile();
    expect(world.names('LogChannel')).toHaveLength(2);
    expect(marksOf(planned)).toContain(draining);
    expect(planned.lookAgainMs).toBeGreaterThan(0);
    expect(planned.fields['draining']).toEqual([{ subscription: 'flow-kn-sequence-1' }]);
  });

  test('nothing goes while events wait in it', () => {
    reconcile();
    world.table = inForce([undefined, undefined]);
    reconcile();
    pass(60_000);
    expect(marksOf(reconcile())).toContain(draining);
    expect(world.names('LogChannel')).toHaveLength(2);
  });

  test('nothing goes while a delivery that began before may still answer', () => {
    world.progress.set(own, view());
    reconcile();
    world.table = inForce([undefined, undefined]);
    reconcile();
    pass(60_000);
    const busy = { inFlight: 1, lag: 5, end: 5 };
    world.progress.set('uid-of-flow-kn-sequence-0', view({ ...busy, oldestUnsettledMs: 61_000 }));
    expect(marksOf(reconcile())).toContain(draining);
    world.progress.set('uid-of-flow-kn-sequence-0', view({ ...busy, oldestUnsettledMs: 1_000 }));
    reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('nothing goes while nobody knows how far it is', () => {
    world.progress.delete(own);
    world.table = inForce([undefined, undefined]);
    reconcile();
    pass(60_000);
    expect(marksOf(reconcile())).toContain(draining);
  });

  test('nothing goes while its partitions are not served here, as after a start: a lag of 0 says nothing then', () => {
    world.progress.set(own, view({ partitions: 0 }));
    world.table = inForce([undefined, undefined]);
    reconcile();
    pass(60_000);
    expect(marksOf(reconcile())).toContain(draining);
    world.progress.set(own, view({ partitions: 1 }));
    reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('it goes when all has arrived, and the status says that it is over', () => {
    world.table = inForce([undefined, undefined]);
    reconcile();
    pass(60_000);
    world.progress.set(own, view({ position: 3, end: 3 }));
    reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
    expect(world.names('Subscription')).toEqual(['flow-kn-sequence-0']);
    const planned = reconcile();
    expect(marksOf(planned)).toContain('RemovedDrained=True');
    expect(planned.fields['draining']).toBeUndefined();
    expect(planned.lookAgainMs).toBeUndefined();
  });

  test('a channel that never took an event goes at once', () => {
    const bare = stored(world.get('LogChannel', 'flow-kn-sequence-1') as Resource);
    world.put({ ...bare, status: {} });
    world.progress.delete(own);
    world.table = inForce([undefined]);
    reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('a person gives up what waits by deleting the Subscription: its channel follows', () => {
    world.drop('Subscription', 'flow-kn-sequence-1');
    reconcile();
    expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
  });

  test('the step comes back: what was draining is a step again', () => {
    reconcile();
    give({ steps: [to('a'), to('b2')] });
    const planned = reconcile();
    expect(specOf('flow-kn-sequence-1')).toMatchObject({ subscriber: to('b2') });
    expect(specOf('flow-kn-sequence-0')).toMatchObject({ reply: channelRef(1) });
    expect(planned.fields['draining']).toBeUndefined();
  });
});

test('several steps are removed: the first of them goes first, and events still pass through all of them', () => {
  start({ steps: [to('a'), to('b'), to('c')], reply: to('end') });
  for (const index of [0, 1, 2]) world.progress.set(`uid-of-flow-kn-sequence-${index}`, view());
  give({ steps: [to('a')], reply: to('end') });
  world.table = inForce([undefined, 'log-2', undefined]);
  reconcile();
  expect(specOf('flow-kn-sequence-1')).toMatchObject({ reply: channelRef(2) });
  world.nowMs += 60_000;
  reconcile();
  expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0', 'flow-kn-sequence-2']);
  reconcile();
  world.nowMs += 60_000;
  reconcile();
  expect(world.names('LogChannel')).toEqual(['flow-kn-sequence-0']);
});
