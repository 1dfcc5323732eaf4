/** Channels and Subscriptions as objects: status, what stands for what, and what an InMemoryChannel is. Reference 2.3, 5.2, 5.3. */
import { expect } from 'vitest';
import { addressOf, conditionOf, isReady } from '../support/api.ts';
import { channel, channelThing, send, subscribed, subscription, subscriptionThing } from '../support/channels.ts';
import { post } from '../support/events.ts';
import { type Probe, reply, status } from '../support/probe.ts';
import { channelClause, clause } from '../support/suite.ts';
import { inMemoryChannel, logChannel } from '../support/target.ts';
import { until } from '../support/until.ts';

type Subscriber = { readonly uid: string; readonly subscriberUri?: string; readonly ready?: string };

channelClause('channel.subscribable', async (space, kind) => {
  const { metadata } = await channel(space, kind, 'c');
  expect(metadata.annotations).toMatchObject({ 'messaging.knative.dev/subscribable': 'v1' });
});

channelClause('channel.subscribers', async (space, kind) => {
  const sink = space.probe('sink');
  await channel(space, kind, 'c');
  const { metadata } = await subscription(space, kind, 's', { channel: 'c', subscriber: sink });
  const { spec, status: now } = await space.until(kind.kind, 'c', 'names its subscriber', (thing) =>
    ((thing.status?.['subscribers'] ?? []) as Subscriber[]).some(({ ready }) => ready === 'True'),
  );
  expect(spec?.['subscribers']).toMatchObject([{ uid: metadata.uid, subscriberUri: sink.url }]);
  expect(now?.['subscribers']).toMatchObject([{ uid: metadata.uid, ready: 'True' }]);
});

channelClause('channel.observed', async (space, kind) => {
  await channel(space, kind, 'c');
  const { metadata } = await space.patch(kind.kind, 'c', { spec: { delivery: { retry: 2 } } });
  const now = await space.until(kind.kind, 'c', 'was looked at again', isReady);
  expect(now.status?.['observedGeneration']).toBeGreaterThanOrEqual(metadata.generation ?? 0);
});

channelClause('channel.dead-letter-uri', async (space, kind) => {
  const dls = space.probe('dls');
  const made = await channel(space, kind, 'c', { delivery: { deadLetterSink: { uri: dls.url } } });
  expect(made.status?.['deadLetterSinkUri']).toBe(dls.url);
});

const generic = { apiVersion: 'messaging.knative.dev/v1', kind: 'Channel' };

channelClause('channel.generic', async (space, kind) => {
  const sink = space.probe('sink');
  const { apiVersion, kind: name } = kind;
  const channelTemplate = { apiVersion, kind: name, ...(kind.spec === undefined ? {} : { spec: kind.spec }) };
  await space.create(space.thing('Channel', 'c', { channelTemplate }));
  const stands = await space.ready('Channel', 'c');
  const backing = await space.ready(name, 'c');
  expect(stands.status?.['channel']).toMatchObject({ kind: name, name: 'c' });
  expect(addressOf(stands)).toBe(addressOf(backing));
  expect(conditionOf(stands, 'BackingChannelReady')?.status).toBe('True');
  await subscription(space, generic, 's', { channel: 'c', subscriber: sink });
  const id = await send(addressOf(stands));
  expect((await sink.one()).id).toBe(id);
});

channelClause('channel.dead-letter-generic', async (space, kind) => {
  const dls = space.probe('dls');
  const { apiVersion, kind: name } = kind;
  const delivery = { deadLetterSink: { uri: dls.url }, retry: 0 };
  await space.create(space.thing('Channel', 'c', { channelTemplate: { apiVersion, kind: name }, delivery }));
  const made = await space.ready('Channel', 'c');
  expect(made.status?.['deadLetterSinkUri']).toBe(dls.url);
  await subscription(space, generic, 's', { channel: 'c', subscriber: space.probe('sink', status(400)) });
  await send(addressOf(made)).catch(() => '');
  await dls.one();
});

clause('channel.default', async (space) => {
  await space.create(space.thing('Channel', 'c'));
  const { spec, status: now } = await space.ready('Channel', 'c');
  expect(spec?.['channelTemplate']).toEqual({ apiVersion: logChannel.apiVersion, kind: 'LogChannel' });
  expect(now?.['channel']).toMatchObject({ kind: 'LogChannel', name: 'c' });
  await space.ready('LogChannel', 'c');
});

clause('channel.default-config', async (space) => {
  const memory = `{apiVersion: ${inMemoryChannel.apiVersion}, kind: InMemoryChannel}`;
  const log = `{apiVersion: ${logChannel.apiVersion}, kind: LogChannel}`;
  const text = `clusterDefault: ${log}\nnamespaceDefaults:\n  ${space.namespace}: ${memory}\n`;
  const config = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'default-ch-webhook', namespace: 'knative-eventing' },
    data: { 'default-ch-config': text },
  };
  expect((await space.api.create(config)).code).toBe(201);
  try {
    await space.create(space.thing('Channel', 'c'));
    expect((await space.ready('Channel', 'c')).status?.['channel']).toMatchObject({ kind: 'InMemoryChannel' });
    // The quirk of section 1.6: flows only know the default of the cluster.
    const flow = await space.create(space.thing('Sequence', 'q', { steps: [{ uri: 'http://localhost:1/' }] }));
    expect(flow.spec?.['channelTemplate']).toMatchObject({ kind: 'LogChannel' });
  } finally {
    await space.api.remove('ConfigMap', 'knative-eventing', 'default-ch-webhook');
  }
});

const memoryOnly = ['InMemoryChannel'];

channelClause(
  'channel.sync',
  async (space, kind) => {
    let isAnswered = false;
    const slow: Probe['behaviour'] = (response) =>
      void setTimeout(() => {
        isAnswered = true;
        response.writeHead(204).end();
      }, 300);
    const url = await subscribed(space, kind, { subscriber: space.probe('sink', slow) });
    expect((await post(url, {})).status).toBe(202);
    expect(isAnswered).toBe(true);
  },
  memoryOnly,
);

channelClause(
  'channel.sync-failed',
  async (space, kind) => {
    const url = await subscribed(space, kind, {
      subscriber: space.probe('sink', status(400)),
      delivery: { retry: 0 },
    });
    expect((await post(url, {})).status).toBe(500);
  },
  memoryOnly,
);

channelClause(
  'channel.sync-nobody',
  async (space, kind) => {
    expect((await post(addressOf(await channel(space, kind, 'c')), {})).status).toBe(202);
  },
  memoryOnly,
);

const asynchronous = { 'messaging.knative.dev/async-handler': 'true' };
const refuses = (space: Parameters<Parameters<typeof clause>[1]>[0]) => space.probe('sink', status(400));

channelClause(
  'channel.async',
  async (space, kind) => {
    const sink = refuses(space);
    const thing = channelThing(space, kind, 'c');
    await space.create({ ...thing, metadata: { ...thing.metadata, annotations: asynchronous } });
    const made = await space.ready(kind.kind, 'c');
    await subscription(space, kind, 's', { channel: 'c', subscriber: sink, delivery: { retry: 0 } });
    expect((await post(addressOf(made), {})).status).toBe(202);
    await sink.one();
  },
  memoryOnly,
);

channelClause(
  'channel.async-update',
  async (space, kind) => {
    const url = await subscribed(space, kind, { subscriber: refuses(space), delivery: { retry: 0 } });
    expect((await post(url, {})).status).toBe(500);
    await space.patch(kind.kind, 'c', { metadata: { annotations: asynchronous } });
    await until(
      'the channel answers at once',
      () => post(url, {}),
      ({ status: code }) => code === 202,
    );
  },
  memoryOnly,
);

channelClause(
  'channel.not-durable',
  async (space, kind) => {
    const durable = conditionOf(await channel(space, kind, 'c'), 'Durable');
    expect(durable).toMatchObject({ status: 'False', reason: 'InMemory' });
    expect(durable?.message).toContain('LogChannel');
  },
  memoryOnly,
);

channelClause('subscription.channel-absent', async (space, kind) => {
  const sink = space.probe('sink');
  await space.create(subscriptionThing(space, kind, 's', { channel: 'c', subscriber: sink }));
  await space.until(
    'Subscription',
    's',
    'says that there is no channel',
    (thing) => conditionOf(thing, 'ReferencesResolved')?.reason === 'ChannelReferenceFailed',
  );
  await channel(space, kind, 'c');
  await space.ready('Subscription', 's');
});

channelClause(
  'subscription.unresolved',
  async (space, kind) => {
    const [sink, replies] = [space.probe('sink', reply({ type: 'answer' }, 'pong')), space.probe('replies')];
    const url = addressOf(await channel(space, kind, 'c'));
    const absent = { ref: { apiVersion: 'v1', kind: 'Service', name: 'later' } };
    const resolvedReason = (reason: string) =>
      space.until('Subscription', 's', reason, (thing) => conditionOf(thing, 'ReferencesResolved')?.reason === reason);
    const annotations = { 'millrace.dev/start': 'earliest' };
    await space.create(subscriptionThing(space, kind, 's', { channel: 'c', subscriber: absent, annotations }));
    await resolvedReason('SubscriberResolveFailed');
    await space.patch('Subscription', 's', { spec: { subscriber: { uri: sink.url, ref: null }, reply: absent } });
    await resolvedReason('ReplyResolveFailed');
    const id = await send(url);
    const service = space.thing('Service', 'later', undefined, { 'millrace.dev/url': replies.url });
    await space.create(service);
    expect((await sink.atLeast(1)).map((one) => one.id)).toEqual([id]);
    expect((await replies.one()).body.toString()).toBe('pong');
  },
  ['LogChannel', 'KafkaChannel', 'NatsJetStreamChannel'],
);

channelClause('subscription.physical', async (space, kind) => {
  const [sink, replies, dls] = [space.probe('sink'), space.probe('replies'), space.probe('dls')];
  await channel(space, kind, 'c');
  const made = await subscription(space, kind, 's', {
    channel: 'c',
    subscriber: sink,
    reply: replies,
    delivery: { deadLetterSink: { uri: dls.url } },
  });
  expect(made.status?.['physicalSubscription']).toEqual({
    subscriberUri: sink.url,
    replyUri: replies.url,
    deadLetterSinkUri: dls.url,
  });
});

channelClause('subscription.removed', async (space, kind) => {
  const [gone, stays] = [space.probe('gone'), space.probe('stays')];
  const url = addressOf(await channel(space, kind, 'c'));
  await subscription(space, kind, 'gone', { channel: 'c', subscriber: gone });
  await subscription(space, kind, 'stays', { channel: 'c', subscriber: stays });
  expect((await space.api.remove('Subscription', space.namespace, 'gone')).code).toBe(200);
  await space.until(
    kind.kind,
    'c',
    'has one subscriber',
    (thing) =>
      ((thing.spec?.['subscribers'] ?? []) as Subscriber[]).length === 1 &&
      ((thing.status?.['subscribers'] ?? []) as Subscriber[]).length === 1,
  );
  // The routing table that no longer has it comes into force a moment after its channel forgot it.
  let sent = 0;
  const last = await until(
    'an event does not come to it',
    async () => {
      const id = await send(url);
      sent += 1;
      await stays.atLeast(sent);
      return gone.received.some((one) => one.id === id);
    },
    (came) => !came,
  );
  expect(last).toBe(false);
  await gone.exactly(gone.received.length);
});

channelClause('subscription.immutable', async (space, kind) => {
  await subscribed(space, kind, { subscriber: space.probe('sink') });
  const patch = (spec: Record<string, unknown>) => space.api.patch('Subscription', space.namespace, 's', { spec });
  const refused = await patch({ channel: { name: 'other' } });
  expect(refused.code).toBeGreaterThanOrEqual(400);
  expect(refused.message).toContain('Immutable fields changed (-old +new)');
  expect((await patch({ subscriber: { uri: space.probe('next').url }, delivery: { retry: 3 } })).code).toBe(200);
});

const durable = ['LogChannel', 'KafkaChannel', 'NatsJetStreamChannel'];

channelClause(
  'subscription.paused',
  async (space, kind) => {
    const sink = space.probe('sink');
    const url = addressOf(await channel(space, kind, 'c'));
    await subscription(space, kind, 's', {
      channel: 'c',
      subscriber: sink,
      annotations: { 'millrace.dev/paused': 'true' },
    });
    const id = await send(url);
    await space.until(
      'Subscription',
      's',
      'shows what waits',
      (thing) => (thing.status?.['delivery'] as { readonly lag?: number } | undefined)?.lag === 1,
    );
    expect(sink.received).toEqual([]);
    await space.patch('Subscription', 's', { metadata: { annotations: { 'millrace.dev/paused': null } } });
    expect((await sink.one()).id).toBe(id);
  },
  durable,
);

channelClause(
  'subscription.earliest',
  async (space, kind) => {
    const sink = space.probe('sink');
    const url = addressOf(await channel(space, kind, 'c'));
    const id = await send(url);
    const annotations = { 'millrace.dev/start': 'earliest' };
    await subscription(space, kind, 's', { channel: 'c', subscriber: sink, annotations });
    expect((await sink.one()).id).toBe(id);
  },
  durable,
);
