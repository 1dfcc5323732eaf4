/** Plans, pure: a table of observations and the marks and fields they lead to. Reasons quote reference section 2. */
import type {
  Broker,
  CronJobSource,
  EventType,
  GitHubSource,
  KnativeService,
  LogBacking,
  PingSource,
  Resource,
  Trigger,
} from '@millrace/api';
import { describe, expect, test } from 'vitest';
import type { BrokerObservation } from '../../src/reconcile/broker/observe.ts';
import { planBroker, removalOfBroker } from '../../src/reconcile/broker/plan.ts';
import { planCronJobSource } from '../../src/reconcile/cron-job-source/plan.ts';
import type { Resolution } from '../../src/reconcile/destination.ts';
import { planEventType } from '../../src/reconcile/event-type/plan.ts';
import { planGitHubSource } from '../../src/reconcile/github-source/plan.ts';
import { planKnativeService } from '../../src/reconcile/knative-service/plan.ts';
import { planPingSource } from '../../src/reconcile/ping-source/plan.ts';
import type { StatusPlan } from '../../src/reconcile/reconciler.ts';
import type { TriggerObservation } from '../../src/reconcile/trigger/observe.ts';
import { planTrigger } from '../../src/reconcile/trigger/plan.ts';
import { broker, service, trigger } from '../support/objects.ts';

const resolved: Resolution = { kind: 'resolved', destination: { url: 'http://localhost:1/' } };
const unresolved: Resolution = { kind: 'unresolved', absent: true, reason: 'why' };

/** `Type=Status(reason)` of each mark. */
const marks = (plan: StatusPlan | undefined) =>
  plan?.marks.map(({ type, status, reason }) => `${type}=${status}${reason === undefined ? '' : `(${reason})`}`);
const classed = (name: string) => ({ metadata: { annotations: { 'eventing.knative.dev/broker.class': name } } });

describe('Broker', () => {
  const observed = (more: Partial<BrokerObservation> = {}): BrokerObservation => ({
    broker: broker() as Broker,
    log: 'installation',
    backing: { kind: 'ok', value: undefined },
    baseUrl: 'http://localhost:8080',
    ...more,
  });
  const failed = { kind: 'error', absent: true, message: 'M' } as const;
  const kafka: LogBacking = {
    kind: 'kafka',
    cluster: { servers: ['k:9092'] },
    topic: 't',
    owned: true,
    partitions: 10,
    replicationFactor: -1,
    topicConfig: {},
    group: 'millrace-t',
    records: { kind: 'events', contentMode: 'binary' },
  };
  const onKafka = { log: 'kafka', backing: { kind: 'ok', value: kafka } } as const;
  const made = { kind: 'ready', made: true, warnings: ['W1', 'W2'] } as const;
  const refused = { kind: 'refused', reason: 'R', message: 'M' } as const;
  const unreachable = { kind: 'unreachable', reason: 'R', message: 'M' } as const;
  const channel = (object: Partial<Resource> | undefined, owner = 'u') => ({
    log: 'channel' as const,
    broker: { ...broker(), metadata: { name: 'default', namespace: 'default', uid: 'u' } } as Broker,
    channel: {
      name: 'default-kne-trigger',
      object: object && {
        apiVersion: 'messaging.millrace.dev/v1alpha1',
        kind: 'LogChannel',
        metadata: {
          name: 'default-kne-trigger',
          ownerReferences: [{ apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default', uid: owner }],
        },
        ...object,
      },
    },
  });
  const ready = (status: 'True' | 'False' | 'Unknown', reason?: string) => ({
    conditions: [{ type: 'Ready', status, ...(reason === undefined ? {} : { reason }) }],
    address: { url: 'http://c/' },
  });

  test.each<[string, Partial<BrokerObservation>, string]>([
    ['no config', {}, 'TriggerChannelReady=True'],
    [
      '2.1 "config unreadable or without template"',
      { template: failed },
      'TriggerChannelReady=False(ChannelTemplateFailed)',
    ],
    ['no dead letter sink', {}, 'DeadLetterSinkResolved=True(DeadLetterSinkNotConfigured)'],
    ['a dead letter sink', { deadLetterSink: resolved }, 'DeadLetterSinkResolved=True'],
    [
      'one that is not resolved',
      { deadLetterSink: unresolved },
      "DeadLetterSinkResolved=False(Unable to get the dead letter sink's URI)",
    ],
    ['an address', {}, 'Addressable=True'],
    ['no address while it is not known where events go', { backing: failed }, 'Addressable=False(nil URL)'],
    ['no address for a topic that could not be made', { ...onKafka, outcome: refused }, 'Addressable=False(nil URL)'],
    [
      'one that was made stays reached, whatever the server says later',
      {
        ...onKafka,
        broker: broker('b', { status: { annotations: { 'millrace.dev/log-made': 'true' } } }) as Broker,
        outcome: refused,
      },
      'Addressable=True',
    ],
    ['policies do not apply', {}, 'EventPoliciesReady=True(OIDCDisabled)'],
    ['a log that a server refuses', { outcome: refused }, 'TriggerChannelReady=False(R)'],
    ['a server that does not answer', { outcome: unreachable }, 'TriggerChannelReady=Unknown(R)'],
    ['what cannot be seen to be safe is told', { outcome: made }, 'TriggerChannelReady=True(ChannelReady)'],
    ['2.1 "channel not ready: F copied"', channel({ status: ready('False', 'C') }), 'TriggerChannelReady=False(C)'],
    [
      '2.1 "U copied, fallback ChannelNotReady"',
      channel({ status: ready('Unknown') }),
      'TriggerChannelReady=Unknown(ChannelNotReady)',
    ],
    ['a channel that was not looked at yet', channel({}), 'TriggerChannelReady=Unknown(ChannelNotReady)'],
    [
      '2.1 "channel without address"',
      channel({ status: { conditions: ready('True').conditions } }),
      'TriggerChannelReady=False(NoAddress)',
    ],
    [
      'one in memory says that it is not durable',
      { ...channel({ status: ready('True') }), backing: { kind: 'ok', value: { kind: 'memory' } } },
      'TriggerChannelReady=True(ChannelReady)',
    ],
    ['a channel that is ready', channel({ status: ready('True') }), 'TriggerChannelReady=True'],
    [
      '2.1 "channel object error"',
      channel({ status: ready('True') }, 'other'),
      'TriggerChannelReady=False(ChannelFailure)',
    ],
    [
      'a channel that the store refused',
      { ...channel(undefined), channel: { name: 'c', object: undefined, problem: 'M' } },
      'TriggerChannelReady=False(ChannelFailure)',
    ],
    ['2.5 Kafka: "Topic <t> created"', { ...onKafka, outcome: made }, 'TopicReady=True(Topic t created)'],
    ['Kafka: refused', { ...onKafka, outcome: refused }, 'TopicReady=False(R)'],
    ['Kafka: no answer', { ...onKafka, outcome: unreachable }, 'TopicReady=Unknown(R)'],
    [
      'Kafka: settings that cannot be read',
      { log: 'kafka', backing: failed },
      'ConfigParsed=False(Failed to get contract data)',
    ],
    ['Kafka: its log is not open', { ...onKafka, isServed: false }, 'ProbeSucceeded=Unknown(ProbeStatus)'],
    ['Kafka: its log is open', onKafka, 'ProbeSucceeded=True'],
    [
      'Kafka: a dead letter sink that is not resolved',
      { ...onKafka, deadLetterSink: unresolved },
      "ConfigParsed=False(Unable to get the dead letter sink's URI)",
    ],
    ['JetStream', { log: 'jetstream', outcome: { ...made, warnings: [] } }, 'StreamReady=True'],
    ['JetStream: refused', { log: 'jetstream', outcome: refused }, 'StreamReady=False(R)'],
    [
      'JetStream: settings that cannot be read',
      { log: 'jetstream', backing: failed },
      'StreamReady=False(ConfigNotReady)',
    ],
  ])('%s', (_what, more, mark) => {
    expect(marks(planBroker(observed(more)))).toContain(mark);
  });

  test('2.5: status annotations of a Broker on Kafka', () => {
    const plan = (value: LogBacking, secretName = '') =>
      planBroker(observed({ log: 'kafka', backing: { kind: 'ok', value }, outcome: made, secretName })).fields[
        'annotations'
      ];
    expect(plan({ ...kafka, replicationFactor: 3 }, 's')).toEqual({
      'millrace.dev/log-made': 'true',
      'default.topic': 't',
      'default.topic.partitions': '10',
      'default.topic.replication.factor': '3',
      'bootstrap.servers': 'k:9092',
      'auth.secret.ref.name': 's',
    });
    expect(plan({ ...kafka, owned: false })).toEqual({ 'default.topic': 't', 'bootstrap.servers': 'k:9092' });
  });

  test('2.1: "Status annotations hold the backing channel"', () => {
    const { fields } = planBroker(observed(channel({ status: ready('True') })));
    expect(fields['annotations']).toEqual({
      'knative.dev/channelAPIVersion': 'messaging.millrace.dev/v1alpha1',
      'knative.dev/channelKind': 'LogChannel',
      'knative.dev/channelName': 'default-kne-trigger',
      'knative.dev/channelAddress': 'http://c/',
    });
  });

  describe('what goes with it', () => {
    const withStatus = (annotations: Record<string, string>) => broker('b', { status: { annotations } }) as Broker;
    const kept = { 'millrace.dev/log-made': 'true', 'default.topic': 't', 'bootstrap.servers': 'k:9092' };

    test('a topic that we made', () => {
      const seen = removalOfBroker(withStatus(kept), observed(onKafka));
      expect(seen).toEqual({ kind: 'log', backing: kafka });
    });
    test('"only where we made it": one that was there stays', () => {
      const annotations = { ...kept, 'millrace.dev/log-made': 'false' };
      expect(removalOfBroker(withStatus(annotations), observed(onKafka))).toEqual({ kind: 'none' });
    });
    test('"an external one stays"', () => {
      const backing = { kind: 'ok', value: { ...kafka, owned: false } } as const;
      expect(removalOfBroker(withStatus({}), observed({ log: 'kafka', backing }))).toEqual({ kind: 'none' });
    });
    test('12.6: "when the ConfigMap is gone": by what the status holds', () => {
      const seen = removalOfBroker(withStatus(kept), observed({ log: 'kafka', backing: failed }));
      expect(seen).toMatchObject({
        kind: 'log',
        backing: { topic: 't', cluster: { servers: ['k:9092'] }, owned: true },
      });
    });
    test('12.6: "when the Secret is gone": the topic cannot be reached, and that is told', () => {
      const annotations = { ...kept, 'auth.secret.ref.name': 's' };
      const seen = removalOfBroker(withStatus(annotations), observed({ log: 'kafka', backing: failed }));
      expect(seen).toEqual({ kind: 'unknown', what: 'topic t', why: 'M' });
    });
  });
});

describe('Trigger', () => {
  const status = (ready: 'True' | 'False' | 'Unknown', generation = 1) => ({
    observedGeneration: generation,
    conditions: [{ type: 'Ready', status: ready, reason: 'R', message: 'M' }],
  });
  const made = (more: Parameters<typeof broker>[1]) => broker('default', { ...classed('Millrace'), ...more }) as Broker;
  const withSink = { spec: { delivery: { deadLetterSink: { uri: 'http://localhost:2/' } } } };
  const observed = (more: Partial<TriggerObservation> = {}): TriggerObservation => ({
    trigger: trigger('t') as Trigger,
    brokerName: 'default',
    broker: made({ status: status('True') }),
    subscriber: resolved,
    isServed: true,
    ...more,
  });
  const dependency = (object: Parameters<typeof service>[0] | undefined, generation = 1) => ({
    dependency: {
      kind: 'named' as const,
      name: 'x',
      object:
        object === undefined
          ? undefined
          : { ...broker(object, { status: status('True') }), metadata: { name: object, generation } },
    },
  });

  test.each<[string, Partial<TriggerObservation>, readonly string[]]>([
    ['the Broker is absent', { broker: undefined }, ['BrokerReady=False(BrokerDoesNotExist)']],
    ['it has no Ready yet', { broker: made({}) }, ['BrokerReady=Unknown(BrokerNotConfigured)']],
    [
      'it is not ready: reason copied, nothing else is said',
      { broker: made({ status: status('False') }) },
      ['BrokerReady=False(R)'],
    ],
    ['it is Unknown', { broker: made({ status: status('Unknown') }) }, ['BrokerReady=Unknown(R)']],
  ])('%s', (_what, more, expected) => {
    expect(marks(planTrigger(observed(more)))).toEqual(expected);
  });

  test.each<[string, Partial<TriggerObservation>, string]>([
    ['all is well', {}, 'SubscriberResolved=True'],
    [
      'the subscriber is not resolved',
      { subscriber: unresolved },
      "SubscriberResolved=False(Unable to get the Subscriber's URI)",
    ],
    ['the data plane serves it', {}, 'SubscriptionReady=True'],
    ['not yet', { isServed: false }, 'SubscriptionReady=Unknown(SubscriptionNotConfigured)'],
    ['no dead letter sink anywhere', {}, 'DeadLetterSinkResolved=True(DeadLetterSinkNotConfigured)'],
    ['its own', { deadLetterSink: resolved }, 'DeadLetterSinkResolved=True'],
    [
      'its own, not resolved',
      { deadLetterSink: unresolved },
      "DeadLetterSinkResolved=False(Unable to get the dead letter sink's URI)",
    ],
    [
      'the Broker’s is not resolved',
      { broker: made({ ...withSink, status: status('True') }) },
      "DeadLetterSinkResolved=False(Broker default didn't set status.deadLetterSinkURI)",
    ],
    ['no dependency', {}, 'DependencyReady=True'],
    [
      'a dependency that cannot be read',
      { dependency: { kind: 'malformed', reason: 'x' } },
      'DependencyReady=False(ReferenceError)',
    ],
    ['one that is not there', dependency(undefined), 'DependencyReady=False(DependencyDoesNotExist)'],
    ['one whose status is old', dependency('x', 2), 'DependencyReady=Unknown(GenerationNotEqual)'],
    ['one that is ready', dependency('x'), 'DependencyReady=True'],
    ['identity is off', {}, 'OIDCIdentityCreated=True(authentication-oidc feature disabled)'],
  ])('%s', (_what, more, mark) => {
    expect(marks(planTrigger(observed(more)))).toContain(mark);
  });

  test('an unresolved subscriber takes subscriberUri away', () => {
    expect(planTrigger(observed({ subscriber: unresolved }))?.fields).toMatchObject({ subscriberUri: undefined });
  });

  test('a Broker of a foreign class: nothing is written', () => {
    expect(planTrigger(observed({ broker: broker('default', classed('X')) as Broker }))).toBeUndefined();
  });
});

describe('sources, EventType, Knative Service', () => {
  const source = (spec: object) => ({ ...broker('s'), spec });
  const github = (more: object) =>
    planGitHubSource({
      source: source({ ownerAndRepository: 'o/r', eventTypes: ['push'] }) as unknown as GitHubSource,
      sink: resolved,
      ...more,
    });
  const cron = (schedule: string) =>
    planCronJobSource({ source: source({ schedule }) as unknown as CronJobSource, sink: resolved });
  const ping = (sink: Resolution) => planPingSource({ source: source({}) as unknown as PingSource, sink });
  const eventType = (reference?: object) =>
    planEventType({ eventType: broker() as unknown as EventType, ...(reference && { reference }) } as Parameters<
      typeof planEventType
    >[0]);
  const ref = { apiVersion: 'v1', kind: 'Service', name: 'x' };
  const knative = (more: object, status = {}) =>
    planKnativeService({ service: { ...service('k'), status } as KnativeService, isStarted: false, ...more });

  test.each<[string, StatusPlan, string]>([
    ['PingSource with sink', ping(resolved), 'SinkProvided=True'],
    ['PingSource without', ping(unresolved), 'SinkProvided=False(NotFound)'],
    ['CronJobSource', cron('* * * * *'), 'ValidSchedule=True'],
    ['CronJobSource, no schedule', cron('never'), 'ValidSchedule=False(Invalid)'],
    ['GitHubSource', github({ receiverUrl: 'http://x/' }), 'WebhookConfigured=True(NotRegistered)'],
    ['GitHubSource without receiver', github({}), 'WebhookConfigured=False(MissingReceiveAdapter)'],
    ['GitHubSource, secrets', github({}), 'SecretsProvided=True'],
    [
      'GitHubSource, no access token',
      github({ accessTokenProblem: 'x' }),
      'SecretsProvided=False(AccessTokenNotFound)',
    ],
    [
      'GitHubSource, no secret token',
      github({ secretTokenProblem: 'x' }),
      'SecretsProvided=False(SecretTokenNotFound)',
    ],
    ['EventType without reference', eventType(), 'ReferenceExists=True(ReferenceNotSet)'],
    ['EventType, absent', eventType({ ref, object: undefined }), 'ReferenceExists=False(ResourceDoesNotExist)'],
    [
      'EventType, unknown kind',
      eventType({ ref, object: undefined, problem: 'x' }),
      'ReferenceExists=False(ReferenceGetFailed)',
    ],
    ['EventType, there', eventType({ ref, object: service('x') }), 'ReferenceExists=True'],
    ['Knative Service by annotation', knative({ annotated: 'http://x/' }), 'RoutesReady=True'],
    ['Knative Service that runs', knative({}, { address: { url: 'http://y/' } }), 'ConfigurationsReady=True'],
    ['Knative Service that starts', knative({ isStarted: true }), 'ConfigurationsReady=Unknown(Deploying)'],
    ['Knative Service that is nowhere', knative({}), 'RoutesReady=False(RevisionMissing)'],
  ])('%s', (_what, plan, mark) => {
    expect(marks(plan)).toContain(mark);
  });

  test('an address that came from an annotation goes with it', () => {
    const before = { address: { url: 'http://x/' }, annotations: { 'millrace.dev/url': 'http://x/' } };
    expect(knative({}, before).fields).toEqual({ url: undefined, address: undefined, annotations: undefined });
  });
});
