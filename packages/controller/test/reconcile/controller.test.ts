import type { Resource } from '@millrace/api';
import { silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock, waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { createController, reconcilers } from '../../src/reconcile/controller.ts';
import { type DeliveryProgressView, ProgressWriter } from '../../src/reconcile/delivery-progress.ts';
import {
  annotate,
  baseUrl,
  condition,
  controller,
  readyOf,
  see,
  start,
  store,
  useController,
} from '../support/control-plane.ts';
import { broker, configMap, eventing, service, trigger } from '../support/objects.ts';

describe('Broker', () => {
  test('is ready with its address, in status.address and status.addresses', async () => {
    await store.create(broker());
    const seen = await see('Broker', 'default');
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({
      observedGeneration: 1,
      address: { name: 'http', url: `${baseUrl}/default/default` },
      addresses: [{ name: 'http', url: `${baseUrl}/default/default` }],
    });
    expect(condition(seen, 'DeadLetterSinkResolved')).toMatchObject({
      status: 'True',
      reason: 'DeadLetterSinkNotConfigured',
    });
    expect(condition(seen, 'EventPoliciesReady')).toMatchObject({ status: 'True', reason: 'OIDCDisabled' });
  });

  test('spec.config that names no ConfigMap: ChannelTemplateFailed; mended when it comes', async () => {
    const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'mine', namespace: 'default' };
    await store.create(broker('default', { spec: { config } }));
    expect(condition(await see('Broker', 'default'), 'TriggerChannelReady')).toMatchObject({
      status: 'False',
      reason: 'ChannelTemplateFailed',
    });
    await store.create(
      configMap('mine', { 'channel-template-spec': 'apiVersion: messaging.knative.dev/v1\nkind: InMemoryChannel\n' }),
    );
    expect(readyOf(await see('Broker', 'default'))).toBe('True');
  });

  test('spec.config as Knative ships it is accepted', async () => {
    const config = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name: 'config-br-default-channel',
      namespace: 'knative-eventing',
    };
    await store.create(broker('default', { spec: { config } }));
    expect(readyOf(await see('Broker', 'default'))).toBe('True');
  });

  test.each([
    ['Kafka', 'ConfigParsed', '--log kafka://'],
    ['KafkaNamespaced', 'ConfigParsed', '--log kafka://'],
    ['NatsJetStreamBroker', 'StreamReady', '--log nats://'],
  ])('class %s is not ready without servers, and says how to name them', async (name, type, how) => {
    await store.create(broker('default', { metadata: { annotations: { 'eventing.knative.dev/broker.class': name } } }));
    const seen = await see('Broker', 'default');
    expect(readyOf(seen)).toBe('False');
    expect(condition(seen, type)).toMatchObject({ status: 'False', message: expect.stringContaining(how) });
    expect(seen.status?.address).toBeUndefined();
    expect(controller.routingTable().logs).toEqual([]);
  });

  test('a foreign class is left alone, and so are its Triggers', async () => {
    await store.create(
      broker('default', { metadata: { annotations: { 'eventing.knative.dev/broker.class': 'Somebody' } } }),
    );
    await store.create(trigger('t'));
    expect((await see('Broker', 'default')).status).toBeUndefined();
    expect((await see('Trigger', 't')).status).toBeUndefined();
  });

  test('a dead letter sink that cannot be resolved says why, and is resolved when it can', async () => {
    const ref = { apiVersion: 'v1', kind: 'Service', name: 'dls' };
    await store.create(broker('default', { spec: { delivery: { deadLetterSink: { ref } } } }));
    expect(condition(await see('Broker', 'default'), 'DeadLetterSinkResolved')).toMatchObject({
      status: 'False',
      reason: "Unable to get the dead letter sink's URI",
    });
    await store.create(service('dls', 'http://localhost:4000/'));
    expect((await see('Broker', 'default')).status).toMatchObject({ deadLetterSinkUri: 'http://localhost:4000/' });
  });
});

describe('Trigger', () => {
  test('BrokerDoesNotExist until the Broker comes, whatever the order', async () => {
    await store.create(trigger('t'));
    expect(condition(await see('Trigger', 't'), 'BrokerReady')).toEqual({
      status: 'False',
      reason: 'BrokerDoesNotExist',
      message: 'Broker "default" does not exist',
    });
    await store.create(broker());
    const seen = await see('Trigger', 't');
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({ subscriberUri: 'http://localhost:3000/' });
    await store.delete({ apiVersion: eventing, kind: 'Broker', namespace: 'default', name: 'default' });
    expect(condition(await see('Trigger', 't'), 'BrokerReady').reason).toBe('BrokerDoesNotExist');
  });

  test('an unresolved subscriber: the reason of the reference, subscriberUri cleared, and what to annotate', async () => {
    await store.create(broker());
    await store.create(service('ship', 'http://localhost:5000/'));
    const ref = { apiVersion: 'v1', kind: 'Service', name: 'ship' };
    await store.create(trigger('t', { subscriber: { ref, uri: '/in' } }));
    expect((await see('Trigger', 't')).status).toMatchObject({ subscriberUri: 'http://localhost:5000/in' });
    await annotate(service('ship'), { 'millrace.dev/url': null });
    const seen = await see('Trigger', 't');
    expect(condition(seen, 'SubscriberResolved')).toMatchObject({
      status: 'False',
      reason: "Unable to get the Subscriber's URI",
      message: expect.stringContaining('millrace.dev/url') as unknown,
    });
    expect(seen.status).not.toHaveProperty('subscriberUri');
    expect(controller.routingTable().logs[0]?.subscriptions[0]).not.toHaveProperty('subscriber');
  });

  test('a Service whose process listens is resolved by its status', async () => {
    await store.create(broker());
    const ref = { apiVersion: 'v1', kind: 'Service', name: 'run' };
    const made = await store.create({
      ...service('run'),
      metadata: { name: 'run', namespace: 'default', annotations: { 'millrace.dev/command': 'node server.js' } },
    });
    await store.create(trigger('t', { subscriber: { ref } }));
    expect(condition(await see('Trigger', 't'), 'SubscriberResolved').message).toContain('does not listen yet');
    await store.updateStatus({ ...made, status: { address: { url: 'http://localhost:6000/' } } });
    expect((await see('Trigger', 't')).status).toMatchObject({ subscriberUri: 'http://localhost:6000/' });
  });

  test('the Broker’s dead letter sink holds for Triggers without one of their own', async () => {
    await store.create(
      broker('default', { spec: { delivery: { deadLetterSink: { uri: 'http://localhost:9/dls' } } } }),
    );
    await store.create(trigger('t'));
    await store.create(trigger('own', { delivery: { deadLetterSink: { uri: 'http://localhost:9/own' } } }));
    expect((await see('Trigger', 't')).status).toMatchObject({ deadLetterSinkUri: 'http://localhost:9/dls' });
    expect((await see('Trigger', 'own')).status).toMatchObject({ deadLetterSinkUri: 'http://localhost:9/own' });
  });

  test('knative.dev/dependency: not there, not ready, ready', async () => {
    const dependency = JSON.stringify({ apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', name: 'p' });
    await store.create(broker());
    await store.create(trigger('t', {}, { annotations: { 'knative.dev/dependency': dependency } }));
    expect(condition(await see('Trigger', 't'), 'DependencyReady').reason).toBe('DependencyDoesNotExist');
    const ref = { apiVersion: 'v1', kind: 'Service', name: 'late' };
    const metadata = { name: 'p', namespace: 'default' };
    await store.create({ apiVersion: 'sources.knative.dev/v1', kind: 'PingSource', metadata, spec: { sink: { ref } } });
    expect(condition(await see('Trigger', 't'), 'DependencyReady')).toMatchObject({
      status: 'False',
      reason: 'NotFound',
    });
    await store.create(service('late', 'http://localhost:1/'));
    expect(readyOf(await see('Trigger', 't'))).toBe('True');
  });

  test('status is written once: a quiet system writes nothing', async () => {
    await store.create(broker());
    await store.create(trigger('t'));
    await controller.idle();
    const { resourceVersion } = await store.list({ apiVersion: eventing, kind: 'Broker' });
    await controller.idle();
    await controller.idle();
    expect((await store.list({ apiVersion: eventing, kind: 'Broker' })).resourceVersion).toBe(resourceVersion);
  });
});

describe('routing table and readiness', () => {
  test('listeners get the table, and again only when it differs', async () => {
    const seen: number[] = [];
    controller.onRoutingTable((table) => seen.push(table.logs.flatMap(({ subscriptions }) => subscriptions).length));
    await store.create(broker());
    await store.create(trigger('t'));
    await controller.idle();
    expect(seen.at(-1)).toBe(1);
    const count = seen.length;
    await store.create(configMap('c', { a: 'b' }));
    await controller.idle();
    expect(seen).toHaveLength(count);
  });

  test('not ready while something of the start is not reconciled; says what', async () => {
    await store.create(broker());
    await store.create(trigger('t'));
    let hold = true;
    const slow = reconcilers.map((reconciler) => ({
      ...reconciler,
      reconcile: async (...args: Parameters<typeof reconciler.reconcile>) => {
        if (hold && reconciler.kind === 'Trigger') throw new Error('not yet');
        await reconciler.reconcile(...args);
      },
    }));
    const second = start({ reconcilers: slow });
    expect(second.ready()).toEqual({ ready: false, waitingFor: ['the resource store'] });
    await second.start();
    await waitFor('the Broker is done', () => second.ready().waitingFor.length === 1);
    expect(second.ready()).toEqual({ ready: false, waitingFor: ['trigger/t'] });
    hold = false;
    await waitFor('ready', () => second.ready().ready);
    expect(second.routingTable().logs[0]?.subscriptions).toHaveLength(1);
    await second.stop();
  });

  test('a Trigger is ready only when the data plane serves it; tableApplied looks again', async () => {
    await controller.stop();
    const served = new Set<string>();
    useController(start({ options: { baseUrl, serves: (uid) => served.has(uid) } }));
    await controller.start();
    served.add((await store.create(broker())).metadata.uid ?? '');
    const { metadata } = await store.create(trigger('t'));
    expect(condition(await see('Trigger', 't'), 'SubscriptionReady').status).toBe('Unknown');
    served.add(metadata.uid ?? '');
    controller.tableApplied();
    expect(readyOf(await see('Trigger', 't'))).toBe('True');
  });

  test('L1: a reconciler that throws is tried again, and the others go on', async () => {
    let failures = 2;
    const flaky = reconcilers.map((reconciler) => ({
      ...reconciler,
      reconcile: (...args: Parameters<typeof reconciler.reconcile>) => {
        if (reconciler.kind === 'Broker' && failures-- > 0) throw new TypeError('a bug');
        return reconciler.reconcile(...args);
      },
    }));
    await controller.stop();
    useController(start({ reconcilers: flaky }));
    await store.create(broker());
    await store.create(service('k', 'http://localhost:7000/', 'serving.knative.dev/v1'));
    await controller.start();
    expect(readyOf(await see('Service', 'k', 'serving.knative.dev/v1'))).toBe('True');
    await waitFor('the Broker is ready', async () => readyOf(await see('Broker', 'default')) === 'True');
    expect(failures).toBeLessThan(0);
  });

  test('a start over what is stored reconciles nothing twice and gives an equal table', async () => {
    await store.create(broker());
    await store.create(trigger('t'));
    await controller.idle();
    const { resourceVersion } = await store.list({ apiVersion: eventing, kind: 'Broker' });
    const second = start();
    await second.start();
    await waitFor('ready', () => second.ready().ready);
    expect(second.routingTable()).toEqual(controller.routingTable());
    expect((await store.list({ apiVersion: eventing, kind: 'Broker' })).resourceVersion).toBe(resourceVersion);
    await second.stop();
  });
});

describe('progress of delivery in status.delivery', () => {
  const view: DeliveryProgressView = {
    state: 'attached',
    position: 4,
    end: 9,
    lag: 5,
    oldestUnsettledMs: 2_500,
    inFlight: 2,
    retrying: 1,
  };

  test('written on the schedule, only when it changed, without a reconcile or a new table', async () => {
    await controller.stop();
    const clock = new VirtualClock();
    const views = new Map<string, DeliveryProgressView>();
    let reconciles = 0;
    const counting = reconcilers.map((reconciler) => ({
      ...reconciler,
      reconcile: (...args: Parameters<typeof reconciler.reconcile>) => {
        reconciles += 1;
        return reconciler.reconcile(...args);
      },
    }));
    useController(
      createController({
        store,
        clock,
        random: new SeededRandom(1),
        logger: silentLogger,
        reconcilers: counting,
        options: { baseUrl, progress: { read: () => views } },
      }),
    );
    await store.create(broker());
    const { metadata } = await store.create(trigger('t'));
    await controller.start();
    await clock.advanceUntil(() => controller.ready().ready, 5_000);
    let tables = 0;
    controller.onRoutingTable(() => {
      tables += 1;
    });
    const [before, tablesBefore] = [reconciles, tables];
    views.set(metadata.uid ?? '', view);
    await clock.advance(1_100);
    const ref = { apiVersion: eventing, kind: 'Trigger', namespace: 'default', name: 't' };
    const seen = await store.get(ref);
    expect(seen?.status?.['delivery']).toEqual({
      state: 'attached',
      position: 4,
      end: 9,
      lag: 5,
      inFlight: 2,
      retrying: 1,
      oldestUnsettledSeconds: 2,
    });
    await clock.advance(5_000);
    expect((await store.get(ref))?.metadata.resourceVersion).toBe(seen?.metadata.resourceVersion);
    views.set(metadata.uid ?? '', { ...view, position: 9, lag: 0 });
    await clock.advance(1_100);
    expect((await store.get(ref))?.status?.['delivery']).toMatchObject({ position: 9, lag: 0 });
    expect([reconciles, tables]).toEqual([before, tablesBefore]);
  });

  test('D1, D2: of 1,000 Triggers whose log moves on some are written at a time, each has its turn; one that lags does not wait', async () => {
    await controller.stop();
    const views = new Map<string, DeliveryProgressView>();
    const objects = new Map<string, Resource>();
    const still = { ...view, lag: 0, inFlight: 0, retrying: 0, oldestUnsettledMs: 0 };
    for (let n = 0; n < 1_000; n++) {
      const object = await store.create(trigger(`t${n}`));
      objects.set(object.metadata.uid ?? '', object);
    }
    let written: string[] = [];
    const writer = new ProgressWriter({
      progress: { read: () => views },
      store,
      clock: new VirtualClock(),
      logger: silentLogger,
      triggers: () => objects.values(),
      accept: (object) => {
        written.push(object.metadata.uid ?? '');
        objects.set(object.metadata.uid ?? '', object);
      },
    });
    const turn = async (position: number) => {
      for (const uid of objects.keys()) views.set(uid, { ...still, position, end: position });
      written = [];
      await writer.write();
      return written;
    };
    // Nothing was written of them: that is a change, and five turns have all of them.
    const first = new Set<string>();
    for (let turns = 0; turns < 5; turns++) for (const uid of await turn(1)) first.add(uid);
    expect(first.size).toBe(1_000);
    // Now they only move on with each turn.
    const moved = new Set<string>();
    for (let turns = 0; turns < 50; turns++) {
      const some = await turn(turns + 2);
      expect(some).toHaveLength(20);
      for (const uid of some) moved.add(uid);
    }
    expect(moved.size).toBe(1_000);
    const [, , late = ''] = [...objects.keys()];
    for (const uid of objects.keys()) views.set(uid, { ...still, position: 99, end: 99 });
    views.set(late, { ...still, position: 98, end: 99, lag: 1 });
    written = [];
    await writer.write();
    expect(written).toContain(late);
    expect(written).toHaveLength(21);
    // The one that was the last of a turn is gone: it goes on all the same.
    objects.delete(written.at(-1) ?? '');
    expect(await turn(100)).toHaveLength(21);
    expect(await turn(100)).toHaveLength(20);
  });
});
