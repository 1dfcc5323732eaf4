/** Plans, pure: a table of observations and the marks and fields they lead to. Reasons quote reference section 2. */
import type {
  Broker,
  CronJobSource,
  EventType,
  GitHubSource,
  KnativeService,
  PingSource,
  Trigger,
} from '@millrace/api';
import { describe, expect, test } from 'vitest';
import type { BrokerObservation } from '../../src/reconcile/broker/observe.ts';
import { planBroker } from '../../src/reconcile/broker/plan.ts';
import { planCronJobSource } from '../../src/reconcile/cron-job-source/plan.ts';
import type { Resolution } from '../../src/reconcile/destination.ts';
import { planEventType } from '../../src/reconcile/event-type/plan.ts';
import { planGitHubSource } from '../../src/reconcile/github-source/plan.ts';
import { planKnativeService } from '../../src/reconcile/knative-service/plan.ts';
import { planPingSource } from '../../src/reconcile/ping-source/plan.ts';
import type { StatusPlan } from '../../src/reconcile/reconciler.ts';
import type { TriggerObservation } from '../../src/reconcile/trigger/observe.ts';
import { planTrigger } from '../../src/reconcile/trigger/plan.ts';
import { broker, configMap, service, trigger } from '../support/objects.ts';

const resolved: Resolution = { kind: 'resolved', destination: { url: 'http://localhost:1/' } };
const unresolved: Resolution = { kind: 'unresolved', absent: true, reason: 'why' };

/** `Type=Status(reason)` of each mark. */
const marks = (plan: StatusPlan | undefined) =>
  plan?.marks.map(({ type, status, reason }) => `${type}=${status}${reason === undefined ? '' : `(${reason})`}`);
const classed = (name: string) => ({ metadata: { annotations: { 'eventing.knative.dev/broker.class': name } } });

describe('Broker', () => {
  const observed = (more: Partial<BrokerObservation> = {}): BrokerObservation => ({
    broker: broker() as Broker,
    brokerClass: 'Millrace',
    baseUrl: 'http://localhost:8080',
    ...more,
  });
  const config = (
    object: BrokerObservation['config'] extends infer C ? (C extends { object: infer O } ? O : never) : never,
    name = 'c',
  ) => ({
    config: {
      ref: { apiVersion: 'v1', kind: 'ConfigMap', name, namespace: name === 'c' ? 'default' : 'knative-eventing' },
      object,
    },
  });
  const template = 'channel-template-spec';

  test.each<[string, Partial<BrokerObservation>, string]>([
    ['no config', {}, 'TriggerChannelReady=True'],
    ['class MTChannelBasedBroker runs', { brokerClass: 'MTChannelBasedBroker' }, 'TriggerChannelReady=True'],
    ['class Kafka does not', { brokerClass: 'Kafka' }, 'TriggerChannelReady=False(ChannelFailure)'],
    ['a config that is not there', config(undefined), 'TriggerChannelReady=False(ChannelTemplateFailed)'],
    ['the shipped config', config(undefined, 'config-br-default-channel'), 'TriggerChannelReady=True'],
    ['a config without template', config(configMap('c', {})), 'TriggerChannelReady=False(ChannelTemplateFailed)'],
    [
      'a template that is no YAML',
      config(configMap('c', { [template]: 'a: [' })),
      'TriggerChannelReady=False(ChannelTemplateFailed)',
    ],
    [
      'a template without kind',
      config(configMap('c', { [template]: 'apiVersion: v1' })),
      'TriggerChannelReady=False(ChannelTemplateFailed)',
    ],
    ['a template', config(configMap('c', { [template]: 'apiVersion: v1\nkind: X' })), 'TriggerChannelReady=True'],
    ['no dead letter sink', {}, 'DeadLetterSinkResolved=True(DeadLetterSinkNotConfigured)'],
    ['a dead letter sink', { deadLetterSink: resolved }, 'DeadLetterSinkResolved=True'],
    [
      'one that is not resolved',
      { deadLetterSink: unresolved },
      "DeadLetterSinkResolved=False(Unable to get the dead letter sink's URI)",
    ],
    ['an address', {}, 'Addressable=True'],
    ['no address for a log that is not here', { brokerClass: 'NatsJetStreamBroker' }, 'Addressable=False(nil URL)'],
    ['policies do not apply', {}, 'EventPoliciesReady=True(OIDCDisabled)'],
  ])('%s', (_what, more, mark) => {
    expect(marks(planBroker(observed(more)))).toContain(mark);
  });

  test('a foreign class: nothing is written', () => expect(planBroker(observed({ brokerClass: 'X' }))).toBeUndefined());
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
