/** Objects as clients see them: life cycle, addresses, defaults. */
import { expect } from 'vitest';
import { conditionOf, isReady, type Json } from '../support/api.ts';
import { post } from '../support/events.ts';
import { type Probe, status } from '../support/probe.ts';
import { clause, world } from '../support/suite.ts';
import { until } from '../support/until.ts';
import type { Space } from '../support/world.ts';

/** `status.address` of a Broker that is ready. */
function addressOf(status: Json | undefined): { readonly url: string } {
  const { address } = status ?? {};
  return address as { readonly url: string };
}

const brokerClass = 'eventing.knative.dev/broker.class';

clause('broker.ready-condition', async (space) => {
  await space.create(space.thing('Broker', 'default'));
  const broker = await space.until(
    'Broker',
    'default',
    'has Ready',
    (thing) => conditionOf(thing, 'Ready') !== undefined,
  );
  expect(conditionOf(broker, 'Ready')).toMatchObject({ type: 'Ready', lastTransitionTime: expect.any(String) });
});

clause('broker.address', async (space) => {
  const broker = await space.broker();
  expect(broker.status?.['address']).toMatchObject({ url: space.ingress() });
  expect(broker.status?.['addresses']).toEqual([broker.status?.['address']]);
});

clause('broker.class-immutable', async (space) => {
  const { metadata } = await space.broker();
  const now = String(metadata.annotations?.[brokerClass]);
  const patch = { metadata: { annotations: { [brokerClass]: 'AnotherClass' } } };
  const { code, message } = await space.api.patch('Broker', space.namespace, 'default', patch);
  expect([code, message]).toEqual([
    422,
    expect.stringContaining('Immutable annotations changed (-old +new): annotations'),
  ]);
  const { body } = await space.api.get('Broker', space.namespace, 'default');
  expect(body.metadata.annotations?.[brokerClass]).toBe(now);
});

clause('broker.config-immutable', async (space) => {
  await space.broker();
  const spec = { config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'other' } };
  const { code, message } = await space.api.patch('Broker', space.namespace, 'default', { spec });
  expect([code, message]).toEqual([422, expect.stringContaining('Immutable fields changed (-old +new): spec')]);
});

clause('broker.dead-letter-uri', async (space) => {
  const sink = space.probe('dls');
  const broker = await space.broker('default', { retry: 0, deadLetterSink: { uri: sink.url } });
  expect(broker.status?.['deadLetterSinkUri']).toBe(sink.url);
});

clause('broker.delivery-mutable', async (space) => {
  const [sink, dls] = [space.probe('sink', status(422)), space.probe('dls')];
  const before = await space.broker();
  await space.trigger('t', { subscriber: sink });
  await space.patch('Broker', 'default', { spec: { delivery: { deadLetterSink: { uri: dls.url } } } });
  const after = await space.ready('Broker', 'default');
  expect(after.metadata.generation).toBeGreaterThan(before.metadata.generation ?? 0);
  await space.until(
    'Trigger',
    't',
    'has the dead letter sink',
    (thing) => thing.status?.['deadLetterSinkUri'] === dls.url,
  );
  // The status says what is to be; the data plane has it a moment later, and what came before that is kept in the store.
  await until(
    'the dead letter sink is used',
    async () => {
      await space.send();
      return dls.received.length;
    },
    (count) => count > 0,
  );
  const id = await space.send();
  await until('the event comes', async () => dls.received.some((one) => one.id === id), Boolean);
  expect(dls.received.filter((one) => one.id === id)).toHaveLength(1);
});

clause('broker.observed-generation', async (space) => {
  await space.broker();
  await space.patch('Broker', 'default', { spec: { delivery: { retry: 3 } } });
  const { metadata, status: now } = await space.ready('Broker', 'default');
  expect(metadata.generation).toBe(2);
  expect(now?.['observedGeneration']).toBe(2);
});

clause('broker.default-delivery', async (space) => {
  const { spec } = await space.create(space.thing('Broker', 'default'));
  expect(spec?.['delivery']).toEqual({ retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' });
});

clause('broker.default-class', async (space) => {
  const { metadata } = await space.create(space.thing('Broker', 'default'));
  expect(metadata.annotations?.[brokerClass]).toMatch(/\S/);
});

clause('broker.namespace-defaults', async (space) => {
  const scopes = `clusterDefault:
  brokerClass: Millrace
  delivery: { retry: 10, backoffPolicy: exponential, backoffDelay: PT0.2S }
namespaceDefaults:
  ${space.namespace}:
    brokerClass: MTChannelBasedBroker
    delivery: { retry: 7, backoffPolicy: linear, backoffDelay: PT1S }
`;
  const { code, message } = await space.api.create({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'config-br-defaults', namespace: 'knative-eventing' },
    data: { 'default-br-config': scopes },
  });
  expect([code, message]).toEqual([201, '']);
  const own = await space.create(space.thing('Broker', 'default'));
  expect(own.metadata.annotations?.[brokerClass]).toBe('MTChannelBasedBroker');
  expect(own.spec?.['delivery']).toEqual({ retry: 7, backoffPolicy: 'linear', backoffDelay: 'PT1S' });
  const other = await world.space().create(world.space().thing('Broker', 'default'));
  expect(other.spec?.['delivery']).toMatchObject({ retry: 10 });
  await space.ready('Broker', 'default');
});

clause('broker.config-accepted', async (space) => {
  const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'config-br-default-channel' };
  const { spec } = await space.create(
    space.thing(
      'Broker',
      'shipped',
      { config: { ...config, namespace: 'knative-eventing' } },
      { [brokerClass]: 'MTChannelBasedBroker' },
    ),
  );
  expect(spec?.['config']).toEqual({ ...config, namespace: 'knative-eventing' });
  await space.ready('Broker', 'shipped');
  const own = await space.create(space.thing('Broker', 'own', { config }));
  expect(own.spec?.['config']).toEqual({ ...config, namespace: space.namespace });
});

clause('addressable.scheme', async (space) => {
  const { status: now } = await space.broker();
  const { url } = addressOf(now);
  expect(['http:', 'https:']).toContain(new URL(url).protocol);
});

clause('addressable.serves', async (space) => {
  const { status: now } = await space.broker();
  const { url } = addressOf(now);
  expect(
    await until(
      '202',
      async () => (await post(url, {})).status,
      (code) => code === 202,
    ),
  ).toBe(202);
});

clause('addressable.gone', async (space) => {
  await space.broker();
  await space.trigger('t', { subscriber: space.probe('sink') });
  await space.send();
  expect((await space.api.remove('Broker', space.namespace, 'default')).code).toBe(200);
  expect(
    await until(
      '404',
      async () => (await space.post({})).status,
      (code) => code === 404,
    ),
  ).toBe(404);
});

clause('trigger.ready-condition', async (space) => {
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink') }));
  const trigger = await space.until('Trigger', 't', 'has Ready', (thing) => conditionOf(thing, 'Ready') !== undefined);
  expect(conditionOf(trigger, 'Ready')?.status).not.toBe('True');
});

clause('trigger.one-broker', async (space) => {
  const subscriber = { uri: 'http://sink.example' };
  const none = await space.api.create(space.thing('Trigger', 't', { subscriber }));
  expect([none.code, none.message]).toEqual([
    422,
    expect.stringContaining('expected exactly one, got neither: spec.broker, spec.brokerRef'),
  ]);
  const both = { broker: 'default', brokerRef: { name: 'default' }, subscriber };
  const two = await space.api.create(space.thing('Trigger', 't', both));
  expect([two.code, two.message]).toEqual([
    422,
    expect.stringContaining('expected exactly one, got both: spec.broker, spec.brokerRef'),
  ]);
});

clause('trigger.broker-immutable', async (space) => {
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink') }));
  const { code, message } = await space.api.patch('Trigger', space.namespace, 't', { spec: { broker: 'other' } });
  expect([code, message]).toEqual([422, expect.stringContaining('Immutable fields changed (-old +new): broker, spec')]);
});

clause('trigger.subscriber-uri', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  const trigger = await space.trigger('t', { subscriber: sink });
  expect(trigger.status?.['subscriberUri']).toBe(sink.url);
});

clause('trigger.before-broker', async (space) => {
  const sink = space.probe('sink');
  await space.create(space.triggerThing('t', { subscriber: sink }));
  await space.until(
    'Trigger',
    't',
    'misses its Broker',
    (thing) => conditionOf(thing, 'BrokerReady')?.status === 'False',
  );
  await space.broker();
  await space.ready('Trigger', 't');
  const id = await space.send();
  expect((await sink.one()).id).toBe(id);
});

clause('trigger.broker-deleted', async (space) => {
  await space.broker();
  await space.trigger('t', { subscriber: space.probe('sink') });
  await space.api.remove('Broker', space.namespace, 'default');
  const trigger = await space.until('Trigger', 't', 'is not ready', (thing) => !isReady(thing));
  expect(conditionOf(trigger, 'Ready')).toMatchObject({ status: 'False', reason: 'BrokerDoesNotExist' });
});

clause('trigger.valid-filters', async (space) => {
  const attributes = {
    specversion: '1.0',
    type: 'com.example.type',
    source: '/source',
    subject: 'subject',
    id: 'id',
    time: '2026-01-01T00:00:00Z',
    dataschema: 'http://schema.example',
    schemaurl: 'http://schema.example',
    datacontenttype: 'text/plain',
    datamediatype: 'text/plain',
    datacontentencoding: 'base64',
    aaa: 'x',
    c1d2e3: 'x',
    abcdefghijklmnopqrst: 'x',
  };
  await space.create(space.triggerThing('t', { subscriber: space.probe('sink'), filter: attributes }));
  const { body } = await space.api.get('Trigger', space.namespace, 't');
  expect(body.spec?.['filter']).toEqual({ attributes });
});

clause('trigger.ready-is-live', async (space) => {
  await space.broker();
  const probes = Array.from({ length: 25 }, (_, index) => space.probe(`sink-${index}`));
  const missed: string[] = [];
  for (const [index, probe] of probes.entries()) {
    const name = `t-${index}`;
    await space.create(space.triggerThing(name, { subscriber: probe }));
    await space.ready('Trigger', name);
    const matched = await space.matched(await space.send());
    if (!matched.includes(name)) missed.push(name);
  }
  expect(missed).toEqual([]);
});

clause('trigger.default-filter', async (space) => {
  const { spec } = await space.create(space.triggerThing('t', { subscriber: space.probe('sink') }));
  expect(spec?.['filter']).toEqual({});
});

clause('trigger.default-namespace', async (space) => {
  const ref = { apiVersion: 'v1', kind: 'Service', name: 'consumer' };
  const { spec } = await space.create(space.triggerThing('t', { subscriber: { ref } }));
  expect(spec?.['subscriber']).toEqual({ ref: { ...ref, namespace: space.namespace } });
});

clause('trigger.dls-namespace', async (space) => {
  const ref = { apiVersion: 'v1', kind: 'Service', name: 'consumer' };
  const { spec } = await space.create(
    space.triggerThing('t', { subscriber: { ref }, delivery: { deadLetterSink: { ref } } }),
  );
  expect(spec?.['delivery']).toEqual({ deadLetterSink: { ref: { ...ref, namespace: space.namespace } } });
});

clause('trigger.broker-label', async (space) => {
  const { metadata } = await space.create(space.triggerThing('t', { broker: 'mine', subscriber: space.probe('sink') }));
  expect(metadata.labels).toEqual({ 'eventing.knative.dev/broker': 'mine' });
});

clause('trigger.subscriber-mutable', async (space) => {
  const [first, second] = [space.probe('first'), space.probe('second')];
  await space.broker();
  await space.trigger('t', { subscriber: first });
  const before = await space.send();
  expect((await first.atLeast(1))[0]?.id).toBe(before);
  await space.patch('Trigger', 't', { spec: { subscriber: { uri: second.url } } });
  await space.ready('Trigger', 't');
  // Not before the change is in force: an event that goes to the old subscriber proves nothing.
  await until(
    'the new subscriber is used',
    async () => {
      await space.send({ attributes: { type: 'probe' } });
      return second.received.length;
    },
    (count) => count > 0,
  );
  const count = first.received.length;
  const after = await space.send();
  await until('the event comes', async () => second.received.some(({ id }) => id === after), Boolean);
  expect(first.received.length).toBe(count);
});

clause('trigger.filter-mutable', async (space) => {
  const sink = space.probe('sink');
  await space.broker();
  await space.trigger('t', { subscriber: sink, filter: { type: 'wanted' } });
  await space.patch('Trigger', 't', { spec: { filter: { attributes: { type: 'other' } } } });
  await space.ready('Trigger', 't');
  await until(
    'the new filter is used',
    async () => {
      return space.matched(await space.send({ attributes: { type: 'other' } }));
    },
    (matched) => matched.includes('t'),
  );
  expect(await space.matched(await space.send({ attributes: { type: 'wanted' } }))).toEqual([]);
});

clause('trigger.deleted', async (space) => {
  const [gone, stays] = [space.probe('gone'), space.probe('stays')];
  await space.broker();
  await space.triggers({ gone: { subscriber: gone }, stays: { subscriber: stays } });
  await space.send();
  await gone.atLeast(1);
  await stays.atLeast(1);
  await space.api.remove('Trigger', space.namespace, 'gone');
  await until(
    'the Trigger is out of force',
    async () => space.matched(await space.send()),
    (matched) => !matched.includes('gone'),
  );
});

/** A Trigger with a Broker of another namespace. */
async function abroad(space: Space): Promise<{ readonly home: Space; readonly sink: Probe }> {
  const home = world.space();
  const sink = space.probe('sink');
  await home.broker();
  await space.trigger('t', {
    brokerRef: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'default', namespace: home.namespace },
    subscriber: sink,
  });
  return { home, sink };
}

clause('trigger.broker-ref', async (space) => {
  const { home, sink } = await abroad(space);
  const id = await home.send();
  expect((await sink.one()).id).toBe(id);
});

clause('trigger.broker-ref-kn-namespace', async (space) => {
  const { home, sink } = await abroad(space);
  await home.send();
  expect((await sink.one()).headers['kn-namespace']).toBe(space.namespace);
});

clause('trigger.foreign-subscriber', async (space) => {
  const other = world.space();
  const sink = space.probe('sink');
  await other.create(other.thing('Service', 'consumer', {}, { 'millrace.dev/url': sink.url }));
  await space.broker();
  const ref = { apiVersion: 'v1', kind: 'Service', name: 'consumer', namespace: other.namespace };
  await space.trigger('t', { subscriber: { ref } });
  await space.send();
  await sink.one();
});

clause('trigger.names', async (space) => {
  const names = ['a', 'broker-1', 'b'.repeat(30), `b${'-x'.repeat(30)}`];
  const sink = space.probe('sink');
  await Promise.all(
    names.map(async (name) => {
      await space.broker(name);
      await space.trigger(`t-${name}`.slice(0, 63), { broker: name, subscriber: sink });
      await space.send({}, name);
    }),
  );
  await sink.exactly(names.length);
});
