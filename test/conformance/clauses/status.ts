/** Conditions and reasons of Brokers and Triggers, over real objects. */
import { expect } from 'vitest';
import { conditionOf, type Thing } from '../support/api.ts';
import { status } from '../support/probe.ts';
import { clause } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

const classAnnotation = 'eventing.knative.dev/broker.class';
const missing = { ref: { apiVersion: 'v1', kind: 'Service', name: 'missing' } };
const notThere = expect.stringContaining('"missing" not found');

const types = (thing: Thing) => (thing.status?.conditions ?? []).map(({ type }) => type);
const statuses = (thing: Thing) => new Set((thing.status?.conditions ?? []).map((condition) => condition.status));

/** Waits until a condition has this reason, and gives the object. */
const reasoned = (space: Space, kind: string, name: string, type: string, reason: string) =>
  space.until(kind, name, `${type} is ${reason}`, (thing) => conditionOf(thing, type)?.reason === reason);

clause('cond.broker-set', async (space) => {
  expect(types(await space.broker())).toEqual([
    'Addressable',
    'DeadLetterSinkResolved',
    'EventPoliciesReady',
    'FilterReady',
    'IngressReady',
    'Ready',
    'TriggerChannelReady',
  ]);
});

clause('cond.broker-true', async (space) => {
  expect(statuses(await space.broker())).toEqual(new Set(['True']));
});

clause('cond.broker-policies', async (space) => {
  expect(conditionOf(await space.broker(), 'EventPoliciesReady')).toMatchObject({
    status: 'True',
    reason: 'OIDCDisabled',
    message: 'Feature "authentication-oidc" must be enabled to support Authorization',
  });
});

clause('cond.broker-no-dls', async (space) => {
  expect(conditionOf(await space.broker(), 'DeadLetterSinkResolved')).toMatchObject({
    status: 'True',
    reason: 'DeadLetterSinkNotConfigured',
    message: 'No dead letter sink is configured.',
  });
});

const unresolvedSink = "Unable to get the dead letter sink's URI";

clause('cond.broker-dls', async (space) => {
  await space.create(space.thing('Broker', 'default', { delivery: { deadLetterSink: missing } }));
  const broker = await reasoned(space, 'Broker', 'default', 'DeadLetterSinkResolved', unresolvedSink);
  expect(conditionOf(broker, 'DeadLetterSinkResolved')).toMatchObject({ status: 'False', message: notThere });
  expect(broker.status?.['deadLetterSinkUri']).toBeUndefined();
});

clause('cond.broker-dls-heals', async (space) => {
  await space.create(space.thing('Broker', 'default', { delivery: { deadLetterSink: missing } }));
  await reasoned(space, 'Broker', 'default', 'DeadLetterSinkResolved', unresolvedSink);
  const dls = space.probe('dls');
  await space.create(space.thing('Service', 'missing', {}, { 'millrace.dev/url': dls.url }));
  expect((await space.ready('Broker', 'default')).status?.['deadLetterSinkUri']).toBe(dls.url);
});

const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'channel' };
const configMap = (space: Space, data: Readonly<Record<string, string>>): Thing => ({
  ...space.thing('ConfigMap', 'channel'),
  data,
});

clause('cond.broker-config', async (space) => {
  await space.create(space.thing('Broker', 'default', { config }));
  const broker = await reasoned(space, 'Broker', 'default', 'TriggerChannelReady', 'ChannelTemplateFailed');
  expect(conditionOf(broker, 'TriggerChannelReady')).toMatchObject({
    status: 'False',
    message: expect.stringMatching(/^Error on setting up the ChannelTemplate: configmaps "channel" not found/),
  });
});

clause('cond.broker-config-empty', async (space) => {
  await space.create(configMap(space, { other: 'x' }));
  await space.create(space.thing('Broker', 'default', { config }));
  const broker = await reasoned(space, 'Broker', 'default', 'Ready', 'ChannelTemplateFailed');
  expect(conditionOf(broker, 'Ready')?.message).toContain('channel-template-spec');
});

clause('cond.broker-config-heals', async (space) => {
  await space.create(space.thing('Broker', 'default', { config }));
  await reasoned(space, 'Broker', 'default', 'Ready', 'ChannelTemplateFailed');
  const template = 'apiVersion: messaging.knative.dev/v1\nkind: InMemoryChannel\n';
  await space.create(configMap(space, { 'channel-template-spec': template }));
  await space.ready('Broker', 'default');
});

clause('cond.broker-kafka-config', async (space) => {
  await space.create(space.thing('Broker', 'default', undefined, { [classAnnotation]: 'Kafka' }));
  const broker = await reasoned(space, 'Broker', 'default', 'ConfigParsed', 'Failed to get contract data');
  expect(conditionOf(broker, 'ConfigParsed')?.message).toContain('bootstrap.servers');
});

clause('cond.broker-no-address', async (space) => {
  await space.create(space.thing('Broker', 'default', undefined, { [classAnnotation]: 'Kafka' }));
  const broker = await reasoned(space, 'Broker', 'default', 'Addressable', 'nil URL');
  expect([conditionOf(broker, 'Addressable')?.status, broker.status?.['address']]).toEqual(['False', undefined]);
});

clause('cond.broker-foreign', async (space) => {
  await space.create(space.thing('Broker', 'foreign', undefined, { [classAnnotation]: 'SomebodyElses' }));
  // One that was made later and is done shows that the first one was looked at.
  await space.broker('later');
  const { body } = await space.api.get('Broker', space.namespace, 'foreign');
  expect(body.status?.conditions).toBeUndefined();
});

clause('cond.ready-copies', async (space) => {
  await space.create(space.triggerThing('t', { broker: 'absent', subscriber: space.probe('sink') }));
  const trigger = await reasoned(space, 'Trigger', 't', 'BrokerReady', 'BrokerDoesNotExist');
  const { reason, message } = conditionOf(trigger, 'BrokerReady') ?? {};
  expect(conditionOf(trigger, 'Ready')).toMatchObject({ status: 'False', reason, message });
});

clause('cond.transition-time', async (space) => {
  const before = await space.broker();
  await space.patch('Broker', 'default', { spec: { delivery: { retry: 1 } } });
  const after = await space.ready('Broker', 'default');
  expect(after.status?.['observedGeneration']).toBe(2);
  expect(after.status?.conditions).toEqual(before.status?.conditions);
});

clause('cond.times', async (space) => {
  const broker = await space.broker();
  const times = (broker.status?.conditions ?? []).map((condition) => Reflect.get(condition, 'lastTransitionTime'));
  expect(times).toEqual(times.map(() => expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)));
});

clause('cond.trigger-set', async (space) => {
  await space.broker();
  expect(types(await space.trigger('t', { subscriber: space.probe('sink') }))).toEqual([
    'BrokerReady',
    'DeadLetterSinkResolved',
    'DependencyReady',
    'OIDCIdentityCreated',
    'Ready',
    'SubscriberResolved',
    'SubscriptionReady',
  ]);
});

clause('cond.trigger-true', async (space) => {
  await space.broker();
  expect(statuses(await space.trigger('t', { subscriber: space.probe('sink') }))).toEqual(new Set(['True']));
});

clause('cond.trigger-oidc', async (space) => {
  await space.broker();
  const trigger = await space.trigger('t', { subscriber: space.probe('sink') });
  expect(conditionOf(trigger, 'OIDCIdentityCreated')?.reason).toBe('authentication-oidc feature disabled');
});

clause('cond.trigger-no-broker', async (space) => {
  await space.create(space.triggerThing('t', { broker: 'absent', subscriber: space.probe('sink') }));
  const trigger = await reasoned(space, 'Trigger', 't', 'BrokerReady', 'BrokerDoesNotExist');
  expect(conditionOf(trigger, 'BrokerReady')).toMatchObject({
    status: 'False',
    message: 'Broker "absent" does not exist',
  });
  // What was not looked at is Unknown.
  expect(conditionOf(trigger, 'SubscriberResolved')?.status).toBe('Unknown');
});

clause('cond.trigger-broker-not-ready', async (space) => {
  await space.create(space.thing('Broker', 'default', { config }));
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink') }));
  const broker = await reasoned(space, 'Broker', 'default', 'Ready', 'ChannelTemplateFailed');
  const trigger = await reasoned(space, 'Trigger', 't', 'BrokerReady', 'ChannelTemplateFailed');
  expect(conditionOf(trigger, 'BrokerReady')).toMatchObject({
    status: 'False',
    message: conditionOf(broker, 'Ready')?.message,
  });
});

clause('cond.trigger-stays', async (space) => {
  await space.broker();
  const before = await space.trigger('t', { subscriber: space.probe('sink') });
  await space.patch('Broker', 'default', { spec: { delivery: { deadLetterSink: missing } } });
  const after = await reasoned(space, 'Trigger', 't', 'BrokerReady', unresolvedSink);
  for (const type of ['SubscriberResolved', 'SubscriptionReady', 'DependencyReady', 'DeadLetterSinkResolved']) {
    expect(conditionOf(after, type)).toEqual(conditionOf(before, type));
  }
  expect(after.status?.['subscriberUri']).toBe(before.status?.['subscriberUri']);
});

clause('cond.trigger-foreign', async (space) => {
  await space.create(space.thing('Broker', 'foreign', undefined, { [classAnnotation]: 'SomebodyElses' }));
  await space.broker('later');
  await space.create(space.triggerThing('t', { broker: 'foreign', subscriber: space.probe('sink') }));
  await space.trigger('later', { broker: 'later', subscriber: space.probe('later') });
  const { body } = await space.api.get('Trigger', space.namespace, 't');
  expect(body.status?.conditions).toBeUndefined();
});

const unresolvedSubscriber = "Unable to get the Subscriber's URI";

clause('cond.trigger-subscriber', async (space) => {
  await space.broker();
  await space.create(space.triggerThing('t', { subscriber: missing }));
  const trigger = await reasoned(space, 'Trigger', 't', 'SubscriberResolved', unresolvedSubscriber);
  expect(conditionOf(trigger, 'SubscriberResolved')).toMatchObject({ status: 'False', message: notThere });
  expect(trigger.status?.['subscriberUri']).toBeUndefined();
});

clause('cond.trigger-subscriber-cleared', async (space) => {
  const sink = space.probe('sink');
  await space.create(space.thing('Service', 'missing', {}, { 'millrace.dev/url': sink.url }));
  await space.broker();
  expect((await space.trigger('t', { subscriber: missing })).status?.['subscriberUri']).toBe(sink.url);
  await space.api.remove('Service', space.namespace, 'missing');
  const trigger = await reasoned(space, 'Trigger', 't', 'SubscriberResolved', unresolvedSubscriber);
  expect(trigger.status?.['subscriberUri']).toBeUndefined();
});

clause('cond.trigger-subscriber-heals', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.create(space.triggerThing('t', { subscriber: missing }));
  await reasoned(space, 'Trigger', 't', 'SubscriberResolved', unresolvedSubscriber);
  await space.create(space.thing('Service', 'missing', {}, { 'millrace.dev/url': sink.url }));
  await space.ready('Trigger', 't');
  await space.send();
  await sink.one();
});

clause('cond.trigger-no-address', async (space) => {
  await space.create(space.thing('Service', 'silent', {}));
  await space.broker();
  await space.create(
    space.triggerThing('t', { subscriber: { ref: { apiVersion: 'v1', kind: 'Service', name: 'silent' } } }),
  );
  const trigger = await reasoned(space, 'Trigger', 't', 'SubscriberResolved', unresolvedSubscriber);
  expect(conditionOf(trigger, 'Ready')?.message).toContain('millrace.dev/url');
});

clause('cond.trigger-dls-none', async (space) => {
  await space.broker();
  const trigger = await space.trigger('t', { subscriber: space.probe('sink') });
  expect(conditionOf(trigger, 'DeadLetterSinkResolved')).toMatchObject({
    status: 'True',
    reason: 'DeadLetterSinkNotConfigured',
  });
});

clause('cond.trigger-dls-own', async (space) => {
  const brokerDls = space.probe('broker-dls');
  const sink = space.probe('sink', status(422));
  await space.broker('default', { retry: 0, deadLetterSink: { uri: brokerDls.url } });
  await space.create(space.triggerThing('t', { subscriber: sink, delivery: { deadLetterSink: missing } }));
  const trigger = await reasoned(space, 'Trigger', 't', 'DeadLetterSinkResolved', unresolvedSink);
  expect(trigger.status?.['deadLetterSinkUri']).toBeUndefined();
});

clause('cond.trigger-dls-broker', async (space) => {
  const dls = space.probe('dls');
  await space.broker('default', { retry: 0, deadLetterSink: { uri: dls.url } });
  const trigger = await space.trigger('t', { subscriber: space.probe('sink') });
  expect([conditionOf(trigger, 'DeadLetterSinkResolved')?.reason, trigger.status?.['deadLetterSinkUri']]).toEqual([
    undefined,
    dls.url,
  ]);
});

const dependency = { kind: 'PingSource', apiVersion: 'sources.knative.dev/v1', name: 'needed' };
const annotated = (reference: unknown) => ({ 'knative.dev/dependency': JSON.stringify(reference) });
const yearly = (sink: unknown) => ({ schedule: '0 0 1 1 *', sink });

clause('cond.trigger-no-dependency', async (space) => {
  await space.broker();
  const trigger = await space.trigger('t', { subscriber: space.probe('sink') });
  expect(conditionOf(trigger, 'DependencyReady')).toMatchObject({ status: 'True' });
});

clause('cond.trigger-dependency-missing', async (space) => {
  await space.broker();
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink'), annotations: annotated(dependency) }));
  const trigger = await reasoned(space, 'Trigger', 't', 'DependencyReady', 'DependencyDoesNotExist');
  expect(conditionOf(trigger, 'Ready')).toMatchObject({ status: 'False', reason: 'DependencyDoesNotExist' });
});

clause('cond.trigger-dependency-not-ready', async (space) => {
  await space.broker();
  await space.create(space.thing('PingSource', 'needed', yearly(missing)));
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink'), annotations: annotated(dependency) }));
  const trigger = await reasoned(space, 'Trigger', 't', 'DependencyReady', 'NotFound');
  expect(conditionOf(trigger, 'DependencyReady')?.status).toBe('False');
});

clause('cond.trigger-dependency-without-status', async (space) => {
  await space.broker();
  await space.create({ ...space.thing('ConfigMap', 'needed'), data: {} });
  const reference = { kind: 'ConfigMap', apiVersion: 'v1', name: 'needed' };
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink'), annotations: annotated(reference) }));
  const trigger = await reasoned(space, 'Trigger', 't', 'DependencyReady', 'DependencyNotConfigured');
  expect(conditionOf(trigger, 'DependencyReady')?.status).toBe('Unknown');
});

clause('dependency.flows', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.create(space.triggerThing('t', { subscriber: sink, annotations: annotated(dependency) }));
  await reasoned(space, 'Trigger', 't', 'Ready', 'DependencyDoesNotExist');
  const ref = { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default' };
  await space.create(space.thing('PingSource', 'needed', { schedule: '* * * * * *', data: 'tick', sink: { ref } }));
  await space.ready('Trigger', 't');
  const [tick] = await sink.atLeast(1);
  expect([tick?.type, tick?.body.toString()]).toEqual(['dev.knative.sources.ping', 'tick']);
  await space.api.remove('PingSource', space.namespace, 'needed');
});
