/** Plans of channels and Subscriptions, pure: observations and the marks they lead to. Reasons: reference 2.3 and 2.5. */
import type { Broker, Channel, ConcreteChannel, LogAdminOutcome, LogBacking, Subscription } from '@millrace/api';
import { describe, expect, test } from 'vitest';
import { planGenericChannel } from '../../src/reconcile/channel/plan.ts';
import type { ChannelObservation } from '../../src/reconcile/channelable/observe.ts';
import { removalOfChannel } from '../../src/reconcile/channelable/plan.ts';
import type { Resolution } from '../../src/reconcile/destination.ts';
import { planInMemoryChannel } from '../../src/reconcile/in-memory-channel/plan.ts';
import { planKafkaChannel } from '../../src/reconcile/kafka-channel/plan.ts';
import { planLogChannel } from '../../src/reconcile/log-channel/plan.ts';
import { planNatsJetStreamChannel } from '../../src/reconcile/nats-jet-stream-channel/plan.ts';
import type { StatusPlan } from '../../src/reconcile/reconciler.ts';
import type { SubscriptionObservation } from '../../src/reconcile/subscription/observe.ts';
import { planSubscription } from '../../src/reconcile/subscription/plan.ts';
import { channel, messagingVersion, subscription } from '../support/messaging.ts';
import { broker } from '../support/objects.ts';

const resolved: Resolution = { kind: 'resolved', destination: { url: 'http://localhost:1/' } };
const unresolved: Resolution = { kind: 'unresolved', absent: true, reason: 'why' };
const ready: LogAdminOutcome = { kind: 'ready', made: false, warnings: [] };
const refused: LogAdminOutcome = { kind: 'refused', reason: 'TooFewBrokers', message: 'add two' };
const unreachable: LogAdminOutcome = { kind: 'unreachable', reason: 'NoAnswer', message: 'start it' };
const topic: LogBacking = {
  kind: 'kafka',
  cluster: { servers: ['k:9092'] },
  topic: 'T',
  owned: true,
  partitions: 1,
  replicationFactor: 1,
  topicConfig: {},
  group: 'g',
  records: { kind: 'events', contentMode: 'binary' },
};

/** `Type=Status(reason)` of each mark. */
const marks = (plan: StatusPlan) =>
  plan.marks.map(({ type, status, reason }) => `${type}=${status}${reason === undefined ? '' : `(${reason})`}`);

function observed(kind: string, more: Partial<ChannelObservation> = {}): ChannelObservation {
  return {
    channel: channel(kind, 'c') as ConcreteChannel,
    baseUrl: 'http://localhost:8080',
    backing: { kind: 'ok', value: undefined },
    secretName: '',
    log: ready,
    isServed: true,
    subscribers: [],
    ...more,
  };
}
const waiting = { entry: { uid: 'u' }, isServed: false };
const heldBy = channel('InMemoryChannel', 'c') as ConcreteChannel;
const badConfig = { kind: 'error' as const, absent: false, message: 'no servers' };

type Row = readonly [string, Partial<ChannelObservation>, string];
const everyChannel: readonly Row[] = [
  ['an address', {}, 'Addressable=True'],
  ['an address that another has', { heldBy }, 'Addressable=False(emptyHostname)'],
  ['a Service in another’s name', { heldBy }, 'ChannelServiceReady=False(ChannelServiceFailed)'],
  ['no dead letter sink', {}, 'DeadLetterSinkResolved=True(DeadLetterSinkNotConfigured)'],
  ['a dead letter sink', { deadLetterSink: resolved }, 'DeadLetterSinkResolved=True'],
  [
    'one that is not resolved',
    { deadLetterSink: unresolved },
    "DeadLetterSinkResolved=False(Unable to get the dead letter sink's URI)",
  ],
  ['policies do not apply', {}, 'EventPoliciesReady=True(OIDCDisabled)'],
];

describe.each([
  [
    'LogChannel',
    planLogChannel,
    [
      ['served', {}, 'LogReady=True'],
      ['not open yet', { isServed: false }, 'LogReady=Unknown(LogNotOpen)'],
      ['refused by its server', { log: refused }, 'LogReady=False(TooFewBrokers)'],
      ['its server does not answer', { log: unreachable }, 'LogReady=Unknown(NoAnswer)'],
    ],
  ],
  [
    'InMemoryChannel',
    planInMemoryChannel,
    [
      ['served', {}, 'EndpointsReady=True'],
      ['not open yet', { isServed: false }, 'EndpointsReady=Unknown(DispatcherEndpointsNotReady)'],
      ['a Service', {}, 'ServiceReady=True'],
      ['"DispatcherReady is written but not part of the set"', {}, 'DispatcherReady=True'],
      ['it says that it is not durable', {}, 'Durable=False(InMemory)'],
    ],
  ],
  [
    'KafkaChannel',
    planKafkaChannel,
    [
      ['served', { backing: { kind: 'ok', value: topic } }, 'ProbeSucceeded=True'],
      ['not open yet', { isServed: false }, 'ProbeSucceeded=Unknown(ProbeStatus)'],
      ['a topic', { backing: { kind: 'ok', value: topic } }, 'TopicReady=True(Topic T created)'],
      ['refused by its server', { log: refused }, 'TopicReady=False(TooFewBrokers)'],
      ['its server does not answer', { log: unreachable }, 'TopicReady=Unknown(NoAnswer)'],
      ['settings that cannot be read', { backing: badConfig }, 'ConfigParsed=False(Failed to get contract data)'],
      ['no subscribers', {}, 'Subscribers=True'],
      ['one that is not served', { subscribers: [waiting] }, 'Subscribers=Unknown(SubscribersNotReady)'],
    ],
  ],
  [
    'NatsJetStreamChannel',
    planNatsJetStreamChannel,
    [
      ['served', {}, 'EndpointsReady=True'],
      ['"here DispatcherReady does count"', {}, 'DispatcherReady=True'],
      ['a stream', {}, 'StreamReady=True'],
      ['refused by its server', { log: refused }, 'StreamReady=False(TooFewBrokers)'],
      ['its server does not answer', { log: unreachable }, 'StreamReady=Unknown(NoAnswer)'],
      ['settings that cannot be read', { backing: badConfig }, 'StreamReady=False(ConfigNotReadable)'],
    ],
  ],
] as readonly [string, (observation: ChannelObservation) => StatusPlan, readonly Row[]][])('%s', (kind, plan, rows) => {
  test.each([...everyChannel, ...rows])('%s', (_what, more, mark) => {
    expect(marks(plan(observed(kind, more)))).toContain(mark);
  });

  test('a warning of its server is told where it is ready', () => {
    const log: LogAdminOutcome = { kind: 'ready', made: false, warnings: ['sync_interval is 2m'] };
    const texts = plan(observed(kind, { log, backing: { kind: 'ok', value: topic } })).marks.map(
      ({ message }) => message,
    );
    expect(texts.includes('sync_interval is 2m')).toBe(kind !== 'InMemoryChannel');
  });

  test('status: path form of the address, subscribers with their generation, dead letter sink', () => {
    const subscribers = [{ entry: { uid: 'a', generation: 3 }, isServed: true }, waiting];
    expect(plan(observed(kind, { subscribers, deadLetterSink: resolved })).fields).toMatchObject({
      address: { name: 'http', url: 'http://localhost:8080/channels/default/c' },
      addresses: [{ url: 'http://localhost:8080/channels/default/c' }],
      subscribers: [
        { uid: 'a', observedGeneration: 3, ready: 'True' },
        { uid: 'u', ready: 'Unknown', message: 'The data plane does not serve it yet.' },
      ],
      deadLetterSinkUri: 'http://localhost:1/',
    });
    expect(plan(observed(kind, { heldBy })).fields).toMatchObject({ address: undefined, addresses: undefined });
  });

  test('a Broker’s own channel is reached where the Broker is', () => {
    const fields = plan(observed(kind, { broker: broker('b') as Broker })).fields;
    expect(fields).toMatchObject({ address: { url: 'http://localhost:8080/default/b' } });
  });
});

describe('where a log was put, and what goes with its channel', () => {
  const made: LogAdminOutcome = { kind: 'ready', made: true, warnings: [] };
  const backing = { kind: 'ok' as const, value: topic };
  const annotationsOf = (more: Partial<ChannelObservation>, before?: Record<string, string>) => {
    const found = { ...channel('KafkaChannel', 'c'), ...(before && { status: { annotations: before } }) };
    return planKafkaChannel(observed('KafkaChannel', { backing, channel: found as ConcreteChannel, ...more })).fields[
      'annotations'
    ];
  };

  test('topic, servers and Secret are kept in the status; made or found', () => {
    expect(annotationsOf({ log: made, secretName: 's' })).toEqual({
      'default.topic': 'T',
      'bootstrap.servers': 'k:9092',
      'auth.secret.ref.name': 's',
      'millrace.dev/log-made': 'true',
    });
    expect(annotationsOf({ log: ready })).toMatchObject({ 'millrace.dev/log-made': 'false' });
  });

  test('what was made stays made, and what was found stays somebody else’s', () => {
    expect(annotationsOf({ log: ready }, { 'millrace.dev/log-made': 'true' })).toMatchObject({
      'millrace.dev/log-made': 'true',
    });
    expect(annotationsOf({ log: ready }, { 'millrace.dev/log-made': 'false' })).toMatchObject({
      'millrace.dev/log-made': 'false',
    });
  });

  test('a server that does not answer changes nothing', () => {
    expect(annotationsOf({ log: unreachable }, { a: 'b' })).toEqual({ a: 'b' });
  });

  const removal = (annotations: Record<string, string>, more: Partial<ChannelObservation> = {}) =>
    removalOfChannel(
      observed('KafkaChannel', {
        channel: { ...channel('KafkaChannel', 'c'), status: { annotations } } as ConcreteChannel,
        backing,
        ...more,
      }),
    );
  const kept = { 'millrace.dev/log-made': 'true', 'default.topic': 'T', 'bootstrap.servers': 'old:1' };

  test('"removes its topic or stream only where we made it"', () => {
    expect(removal({})).toEqual({ kind: 'none' });
    expect(removal({ ...kept, 'millrace.dev/log-made': 'false' })).toEqual({ kind: 'none' });
    expect(removal(kept)).toEqual({ kind: 'log', backing: topic });
  });

  test('when its settings are gone: by what its status holds', () => {
    expect(removal(kept, { backing: badConfig })).toMatchObject({
      kind: 'log',
      backing: { topic: 'T', cluster: { servers: ['old:1'] } },
    });
    expect(removal({ ...kept, 'auth.secret.ref.name': 's' }, { backing: badConfig })).toEqual({
      kind: 'unknown',
      what: 'topic T',
      why: 'no servers',
    });
  });
});

describe('Channel', () => {
  const template = { apiVersion: messagingVersion('LogChannel'), kind: 'LogChannel' };
  const generic = (spec: object = { channelTemplate: template }) =>
    ({ ...channel('Channel', 'c'), spec, metadata: { name: 'c', namespace: 'default', uid: 'U' } }) as Channel;
  const backing = (status: object = {}) => ({ ...channel('LogChannel', 'c'), status }) as ConcreteChannel;
  const withReady = (status: string, more: object = {}) =>
    backing({ conditions: [{ type: 'Ready', status, reason: 'R', message: 'M' }], ...more });
  const plan = (found: ConcreteChannel | undefined, object = generic()) =>
    planGenericChannel({ channel: object, template, isChannelKind: true, backing: found });

  test.each<[string, ConcreteChannel | undefined, string]>([
    ['not made yet', undefined, 'BackingChannelReady=Unknown(BackingChannelNotConfigured)'],
    ['made, and not reconciled yet', backing(), 'BackingChannelReady=Unknown(BackingChannelNotConfigured)'],
    ['not ready: reason copied', withReady('False'), 'BackingChannelReady=False(R)'],
    ['Unknown: reason copied', withReady('Unknown'), 'BackingChannelReady=Unknown(R)'],
    ['ready', withReady('True'), 'BackingChannelReady=True'],
    ['without address', withReady('True'), 'Addressable=False(EmptyHostname)'],
    ['with address', withReady('True', { address: { url: 'http://a/' } }), 'Addressable=True'],
    ['no dead letter sink', withReady('True'), 'DeadLetterSinkResolved=True(DeadLetterSinkNotConfigured)'],
  ])('%s', (_what, found, mark) => {
    expect(marks(plan(found))).toContain(mark);
  });

  test('the dead letter sink of what it stands for', () => {
    const object = generic({ channelTemplate: template, delivery: { deadLetterSink: { uri: 'http://d/' } } });
    expect(marks(plan(withReady('True'), object))).toContain(
      "DeadLetterSinkResolved=False(Backing Channel c didn't set status.deadLetterSinkURI)",
    );
    expect(marks(plan(withReady('True', { deadLetterSinkUri: 'http://d/' }), object))).toContain(
      'DeadLetterSinkResolved=True',
    );
  });

  test('a template of a kind that is no channel', () => {
    const wrong = { apiVersion: 'v1', kind: 'Service' };
    const made = planGenericChannel({ channel: generic(), template: wrong, isChannelKind: false, backing: undefined });
    expect(marks(made)).toEqual(['BackingChannelReady=False(ChannelFailure)']);
    expect(made.write).toBeUndefined();
  });

  test('"the same name and is created once", with delivery and a controller reference', () => {
    const object = generic({ channelTemplate: { ...template, spec: { a: 1 } }, delivery: { retry: 1 } });
    const made = planGenericChannel({
      channel: object,
      template: { ...template, spec: { a: 1 } },
      isChannelKind: true,
      backing: undefined,
    });
    expect(made.write).toEqual({
      kind: 'create',
      object: {
        ...template,
        metadata: {
          name: 'c',
          namespace: 'default',
          annotations: {},
          ownerReferences: [
            {
              apiVersion: 'messaging.knative.dev/v1',
              kind: 'Channel',
              name: 'c',
              uid: 'U',
              controller: true,
              blockOwnerDeletion: true,
            },
          ],
        },
        spec: { a: 1, delivery: { retry: 1 } },
      },
    });
    expect(plan(withReady('True')).write).toBeUndefined();
  });
});

describe('Subscription', () => {
  const status = (ready: string, observedGeneration = 1) => ({
    subscribers: [{ uid: 'U', observedGeneration, ready }],
  });
  const of = (found: object) => ({ ...channel('LogChannel', 'c'), ...found }) as ConcreteChannel;
  const sub = (spec: object = {}) =>
    subscription('s', ['LogChannel', 'c'], { ...spec }, { uid: 'U', generation: 1 }) as Subscription;
  const ref = { apiVersion: messagingVersion('LogChannel'), kind: 'LogChannel', namespace: 'default', name: 'c' };
  const seen = (more: Partial<SubscriptionObservation> = {}): SubscriptionObservation => ({
    subscription: sub(),
    channelRef: { kind: 'channel', ref },
    channel: of({ status: status('True') }),
    subscriber: resolved,
    ...more,
  });

  test.each<[string, Partial<SubscriptionObservation>, string]>([
    ['its channel is not there', { channel: undefined }, 'ReferencesResolved=Unknown(ChannelReferenceFailed)'],
    ['subscriber', { subscriber: unresolved }, 'ReferencesResolved=False(SubscriberResolveFailed)'],
    ['reply', { reply: unresolved }, 'ReferencesResolved=False(ReplyResolveFailed)'],
    ['dead letter sink', { deadLetterSink: unresolved }, 'ReferencesResolved=False(DeadLetterSinkResolveFailed)'],
    ['all resolved', { reply: resolved, deadLetterSink: resolved }, 'ReferencesResolved=True'],
    ['"AddedToChannel becomes True when the channel reports ready=True"', {}, 'AddedToChannel=True'],
    ['the channel is ready for it', {}, 'ChannelReady=True'],
    [
      'not in the channel’s status yet',
      { channel: of({}) },
      'AddedToChannel=Unknown(SubscriptionNotMarkedReadyByChannel)',
    ],
    [
      'Unknown there',
      { channel: of({ status: status('Unknown') }) },
      'AddedToChannel=Unknown(SubscriptionNotMarkedReadyByChannel)',
    ],
    [
      'False there',
      { channel: of({ status: status('False') }) },
      'AddedToChannel=False(SubscriptionNotMarkedReadyByChannel)',
    ],
    [
      'ready there, but an older form of it',
      { channel: of({ status: status('True', 0) }) },
      'AddedToChannel=Unknown(SubscriptionNotMarkedReadyByChannel)',
    ],
    ['identity is off', {}, 'OIDCIdentityCreated=True(authentication-oidc feature disabled)'],
  ])('%s', (_what, more, mark) => {
    expect(marks(planSubscription(seen(more)))).toContain(mark);
  });

  test('physicalSubscription, and the entry "keyed by Subscription UID"', () => {
    const plan = planSubscription(
      seen({ subscription: sub({ delivery: { retry: 2 } }), reply: resolved, deadLetterSink: resolved }),
    );
    expect(plan.fields['physicalSubscription']).toEqual({
      subscriberUri: 'http://localhost:1/',
      replyUri: 'http://localhost:1/',
      deadLetterSinkUri: 'http://localhost:1/',
    });
    expect(plan.entry).toEqual({
      uid: 'U',
      name: 's',
      generation: 1,
      subscriberUri: 'http://localhost:1/',
      replyUri: 'http://localhost:1/',
      delivery: { retry: 2, deadLetterSink: { uri: 'http://localhost:1/' } },
    });
  });

  test('"DLS falls back to the channel’s resolved DLS", and delivery to the channel’s', () => {
    const found = of({
      spec: { delivery: { retry: 9 } },
      status: { ...status('True'), deadLetterSinkUri: 'http://c/' },
    });
    const plan = planSubscription(seen({ channel: found }));
    expect(plan.fields['physicalSubscription']).toMatchObject({ deadLetterSinkUri: 'http://c/' });
    expect(plan.entry?.delivery).toEqual({ retry: 9, deadLetterSink: { uri: 'http://c/' } });
  });

  test('what is not resolved is taken away, and the channel keeps the entry it has', () => {
    const plan = planSubscription(seen({ subscriber: unresolved }));
    expect(plan.fields).toEqual({ physicalSubscription: {} });
    expect(plan.entry).toBeUndefined();
  });
});
