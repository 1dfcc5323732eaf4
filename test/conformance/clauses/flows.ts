/** Sequences and Parallels: reference 2.4, 5.4, 5.5, 12.3. */
import { expect } from 'vitest';
import { addressOf, conditionOf, type Thing } from '../support/api.ts';
import { flow, send } from '../support/channels.ts';
import { type Probe, reply, status } from '../support/probe.ts';
import { channelClause } from '../support/suite.ts';
import type { ChannelKind } from '../support/target.ts';
import { until } from '../support/until.ts';
import type { Space } from '../support/world.ts';

type Fields = Readonly<Record<string, unknown>>;
type Flow = 'Sequence' | 'Parallel';

/** Answers with its data and a suffix; the content type stays. */
function appending(suffix: string): Probe['behaviour'] {
  return (response, attempt, received) =>
    reply(
      {
        id: received.id,
        type: received.type,
        datacontenttype: String(received.headers['content-type'] ?? 'text/plain'),
      },
      `${received.body}-${suffix}`,
    )(response, attempt, received);
}

const to = ({ url }: Probe): Fields => ({ uri: url });

/** A flow that is ready. */
async function made(space: Space, kind: Flow, channels: ChannelKind, spec: Fields): Promise<Thing> {
  await space.create(flow(space, kind, 'f', channels, spec));
  return space.ready(kind, 'f');
}

/** Whether all these objects are there, or none of them. */
async function present(space: Space, names: readonly (readonly [kind: string, name: string])[]): Promise<number> {
  const codes = await Promise.all(
    names.map(async ([kind, name]) => (await space.api.get(kind, space.namespace, name)).code),
  );
  return codes.filter((code) => code === 200).length;
}

function gone(space: Space, names: readonly (readonly [kind: string, name: string])[]): Promise<number> {
  return until(
    `${names.map(([, name]) => name).join(', ')} are gone`,
    () => present(space, names),
    (count) => count === 0,
  );
}

async function ownersOf(space: Space, kind: string, name: string): Promise<unknown> {
  return (await space.api.get(kind, space.namespace, name)).body.metadata.ownerReferences;
}

const controlled = ({ apiVersion, kind, metadata }: Thing) => [
  { apiVersion, kind, name: metadata.name, uid: metadata.uid, controller: true, blockOwnerDeletion: true },
];

/** Three appending steps, and a reply. */
async function threeSteps(space: Space, channels: ChannelKind) {
  const end = space.probe('end');
  const steps = [1, 2, 3].map((number) => to(space.probe(`step${number}`, appending(`step${number}`))));
  return { end, steps, sequence: await made(space, 'Sequence', channels, { steps, reply: to(end) }) };
}

channelClause('sequence.steps', async (space, channels) => {
  const { end, sequence } = await threeSteps(space, channels);
  const attributes = { datacontenttype: 'text/x-data' };
  const id = await send(addressOf(sequence), { data: 'data', attributes });
  const { id: came, body, headers } = await end.one();
  expect([came, body.toString(), headers['content-type']]).toEqual([id, 'data-step1-step2-step3', 'text/x-data']);
});

const sequenceChildren = (kind: string, count: number) =>
  Array.from({ length: count }, (_, index) => `f-kn-sequence-${index}`).flatMap((name) => [
    [kind, name] as const,
    ['Subscription', name] as const,
  ]);

channelClause('sequence.children', async (space, channels) => {
  await threeSteps(space, channels);
  expect(await present(space, sequenceChildren(channels.kind, 3))).toBe(6);
  expect(await present(space, sequenceChildren(channels.kind, 4))).toBe(6);
});

channelClause('sequence.owned', async (space, channels) => {
  const { sequence } = await threeSteps(space, channels);
  for (const [kind, name] of sequenceChildren(channels.kind, 3)) {
    expect(await ownersOf(space, kind, name)).toEqual(controlled(sequence));
  }
});

channelClause('sequence.status', async (space, channels) => {
  const { sequence } = await threeSteps(space, channels);
  const names = ['f-kn-sequence-0', 'f-kn-sequence-1', 'f-kn-sequence-2'];
  const ready = { status: 'True' };
  expect(sequence.status).toMatchObject({
    channelStatuses: names.map((name) => ({ channel: { kind: channels.kind, name }, ready })),
    subscriptionStatuses: names.map((name) => ({ subscription: { kind: 'Subscription', name }, ready })),
  });
});

channelClause('sequence.address', async (space, channels) => {
  const { sequence } = await threeSteps(space, channels);
  const first = await space.ready(channels.kind, 'f-kn-sequence-0');
  expect(sequence.status?.['address']).toEqual({ url: addressOf(first) });
});

const absent = { ref: { apiVersion: 'v1', kind: 'Service', name: 'absent' } };

channelClause('sequence.not-ready', async (space, channels) => {
  await space.create(flow(space, 'Sequence', 'f', channels, { steps: [absent] }));
  const made = await space.until(
    'Sequence',
    'f',
    'has its channel',
    (thing) => conditionOf(thing, 'ChannelsReady')?.status === 'True',
  );
  expect(conditionOf(made, 'SubscriptionsReady')).toMatchObject({ status: 'Unknown', reason: 'SubscriptionsNotReady' });
  expect(conditionOf(made, 'Ready')?.status).toBe('Unknown');
});

channelClause('sequence.empty-answer', async (space, channels) => {
  const [first, second, end] = [space.probe('first'), space.probe('second', appending('x')), space.probe('end')];
  const sequence = await made(space, 'Sequence', channels, { steps: [to(first), to(second)], reply: to(end) });
  await send(addressOf(sequence));
  await first.one();
  await second.exactly(0);
  await end.exactly(0);
});

channelClause('sequence.no-reply', async (space, channels) => {
  const last = space.probe('last', appending('last'));
  const sequence = await made(space, 'Sequence', channels, { steps: [to(last)] });
  await send(addressOf(sequence));
  await last.one();
});

channelClause('sequence.delivery', async (space, channels) => {
  const dls = space.probe('dls');
  const [first, second] = [space.probe('first', appending('1')), space.probe('second', status(400))];
  const delivery = { retry: 0, deadLetterSink: to(dls) };
  const sequence = await made(space, 'Sequence', channels, { steps: [to(first), { ...to(second), delivery }] });
  await send(addressOf(sequence), { data: 'data' }).catch(() => '');
  expect((await dls.one()).body.toString()).toBe('data-1');
  await second.one();
});

channelClause('sequence.surplus', async (space, channels) => {
  const { end, steps, sequence } = await threeSteps(space, channels);
  await space.patch('Sequence', 'f', { spec: { steps: steps.slice(0, 1) } });
  await gone(space, sequenceChildren(channels.kind, 3).slice(2));
  expect(await present(space, sequenceChildren(channels.kind, 1))).toBe(2);
  await space.ready('Sequence', 'f');
  await send(addressOf(sequence), { data: 'data' });
  expect((await end.one()).body.toString()).toBe('data-step1');
});

channelClause('sequence.deleted', async (space, channels) => {
  await threeSteps(space, channels);
  expect((await space.api.remove('Sequence', space.namespace, 'f')).code).toBe(200);
  await gone(space, sequenceChildren(channels.kind, 3));
});

channelClause('sequence.as-sink', async (space, channels) => {
  const { end } = await threeSteps(space, channels);
  await space.broker();
  await space.trigger('t', {
    subscriber: { ref: { apiVersion: 'flows.knative.dev/v1', kind: 'Sequence', name: 'f' } },
  });
  await space.send({ data: 'data' });
  expect((await end.one()).body.toString()).toBe('data-step1-step2-step3');
});

/** Lets an event through by answering with it. */
const passes: Probe['behaviour'] = (response, attempt, received) =>
  reply({ id: received.id, type: received.type }, received.body.toString())(response, attempt, received);

/** Branch 1 with a filter that answers, branch 2 with one that is silent; both append. */
async function twoBranches(space: Space, channels: ChannelKind) {
  const end = space.probe('end');
  const branches = [
    { filter: to(space.probe('f1', passes)), subscriber: to(space.probe('s1', appending('one'))) },
    { filter: to(space.probe('f2')), subscriber: to(space.probe('s2', appending('two'))) },
  ];
  return { end, branches, parallel: await made(space, 'Parallel', channels, { branches, reply: to(end) }) };
}

channelClause('parallel.filtered', async (space, channels) => {
  const { end, parallel } = await twoBranches(space, channels);
  await send(addressOf(parallel), { data: 'data' });
  expect((await end.one()).body.toString()).toBe('data-one');
});

channelClause('parallel.unfiltered', async (space, channels) => {
  const sinks = [space.probe('s1'), space.probe('s2')];
  const parallel = await made(space, 'Parallel', channels, {
    branches: sinks.map((sink) => ({ subscriber: to(sink) })),
  });
  const id = await send(addressOf(parallel), { data: 'data' });
  for (const sink of sinks) expect((await sink.one()).id).toBe(id);
});

channelClause('parallel.filter-event', async (space, channels) => {
  const sink = space.probe('sink');
  const filter = space.probe('filter', reply({ type: 'other' }, 'changed'));
  const parallel = await made(space, 'Parallel', channels, {
    branches: [{ filter: to(filter), subscriber: to(sink) }],
  });
  await send(addressOf(parallel), { data: 'data' });
  const { type, body } = await sink.one();
  expect([type, body.toString()]).toEqual(['other', 'changed']);
});

const parallelChildren = (kind: string, count: number) => [
  [kind, 'f-kn-parallel'] as const,
  ...branchChildren(kind, 0, count),
];

const branchChildren = (kind: string, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => from + index).flatMap((index) => [
    [kind, `f-kn-parallel-${index}`] as const,
    ['Subscription', `f-kn-parallel-${index}`] as const,
    ['Subscription', `f-kn-parallel-filter-${index}`] as const,
  ]);

channelClause('parallel.children', async (space, channels) => {
  await twoBranches(space, channels);
  expect(await present(space, parallelChildren(channels.kind, 2))).toBe(7);
  expect(await present(space, parallelChildren(channels.kind, 3))).toBe(7);
});

channelClause('parallel.owned', async (space, channels) => {
  const { parallel } = await twoBranches(space, channels);
  for (const [kind, name] of parallelChildren(channels.kind, 2)) {
    expect(await ownersOf(space, kind, name)).toEqual(controlled(parallel));
  }
});

channelClause('parallel.status', async (space, channels) => {
  const { parallel } = await twoBranches(space, channels);
  const ready = { status: 'True' };
  expect(parallel.status).toMatchObject({
    ingressChannelStatus: { channel: { kind: channels.kind, name: 'f-kn-parallel' }, ready },
    branchStatuses: [0, 1].map((index) => ({
      filterSubscriptionStatus: { subscription: { name: `f-kn-parallel-filter-${index}` }, ready },
      filterChannelStatus: { channel: { kind: channels.kind, name: `f-kn-parallel-${index}` }, ready },
      subscriberSubscriptionStatus: { subscription: { name: `f-kn-parallel-${index}` }, ready },
    })),
  });
});

channelClause('parallel.address', async (space, channels) => {
  const { parallel } = await twoBranches(space, channels);
  const ingress = await space.ready(channels.kind, 'f-kn-parallel');
  expect(parallel.status?.['address']).toEqual({ url: addressOf(ingress) });
});

channelClause('parallel.not-ready', async (space, channels) => {
  await space.create(flow(space, 'Parallel', 'f', channels, { branches: [{ subscriber: absent }] }));
  const found = await space.until(
    'Parallel',
    'f',
    'has its channels',
    (thing) => conditionOf(thing, 'ChannelsReady')?.status === 'True',
  );
  expect(conditionOf(found, 'SubscriptionsReady')).toMatchObject({ status: 'False', reason: 'SubscriptionsNotReady' });
  expect(conditionOf(found, 'Ready')?.status).toBe('False');
});

channelClause('parallel.reply', async (space, channels) => {
  const [own, shared] = [space.probe('own'), space.probe('shared')];
  const branches = [
    { subscriber: to(space.probe('s1', appending('one'))), reply: to(own) },
    { subscriber: to(space.probe('s2', appending('two'))) },
  ];
  const parallel = await made(space, 'Parallel', channels, { branches, reply: to(shared) });
  await send(addressOf(parallel), { data: 'data' });
  expect((await own.one()).body.toString()).toBe('data-one');
  expect((await shared.one()).body.toString()).toBe('data-two');
});

channelClause('parallel.delivery', async (space, channels) => {
  const [dls, sink] = [space.probe('dls'), space.probe('sink', status(400))];
  const delivery = { retry: 0, deadLetterSink: to(dls) };
  const parallel = await made(space, 'Parallel', channels, { branches: [{ subscriber: to(sink), delivery }] });
  await send(addressOf(parallel), { data: 'data' }).catch(() => '');
  expect((await dls.one()).body.toString()).toBe('data');
  await sink.one();
});

channelClause('parallel.surplus', async (space, channels) => {
  const { end, branches, parallel } = await twoBranches(space, channels);
  await space.patch('Parallel', 'f', { spec: { branches: branches.slice(0, 1) } });
  await gone(space, branchChildren(channels.kind, 1, 2));
  await space.ready('Parallel', 'f');
  await send(addressOf(parallel), { data: 'data' });
  expect((await end.one()).body.toString()).toBe('data-one');
});

channelClause('parallel.deleted', async (space, channels) => {
  await twoBranches(space, channels);
  expect((await space.api.remove('Parallel', space.namespace, 'f')).code).toBe(200);
  await gone(space, parallelChildren(channels.kind, 2));
});
