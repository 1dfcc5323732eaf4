/** KafkaSinks and KafkaSources on a control plane, with a server of logs in memory (reference 2.5, 12.6). */
import { kafkaSourceRouteUid, type Resource } from '@millrace/api';
import { waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import type { DeliveryProgressView } from '../../src/reconcile/delivery-progress.ts';
import { annotate, baseUrl, condition, controller, readyOf, see, store } from '../support/control-plane.ts';
import { gone, login, restart, secret, withServer } from '../support/log-server.ts';
import { LogServer } from '../support/messaging.ts';
import { service } from '../support/objects.ts';

describe('KafkaSink', () => {
  const apiVersion = 'eventing.knative.dev/v1alpha1';
  const ref = { apiVersion, kind: 'KafkaSink', namespace: 'default', name: 'out' };
  const sink = (spec: Record<string, unknown> = {}): Resource => ({
    apiVersion,
    kind: 'KafkaSink',
    metadata: { name: 'out', namespace: 'default' },
    spec: { topic: 'results', bootstrapServers: ['k:9092'], ...spec },
  });
  const numbers = { numPartitions: 3, replicationFactor: 1 };
  const owner = (seen: Resource) => seen.status?.annotations?.['eventing.knative.dev/topic.owner'];

  test('a topic of others: checked, told as external, left alone', async () => {
    const server = new LogServer();
    server.logs.add('results');
    await withServer(server);
    await store.create(sink());
    const seen = await see('KafkaSink', 'out', apiVersion);
    expect([readyOf(seen), owner(seen), seen.metadata.finalizers]).toEqual(['True', 'external', undefined]);
    expect(seen.status?.address?.url).toBe(`${baseUrl}/kafkasinks/default/out`);
    await store.delete(ref);
    await gone(ref);
    expect(server.logs).toEqual(new Set(['results']));
  });

  test('a topic of its own is made, and goes with it', async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(sink(numbers));
    const seen = await see('KafkaSink', 'out', apiVersion);
    expect([readyOf(seen), owner(seen)]).toEqual(['True', 'kafkasink-controller']);
    expect(seen.metadata.finalizers).toEqual(['kafkasinks.eventing.knative.dev']);
    await store.delete(ref);
    await gone(ref);
    expect(server.logs).toEqual(new Set());
  });

  test('one that was there before is not its own, whatever numbers it names', async () => {
    const server = new LogServer();
    server.logs.add('results');
    await withServer(server);
    await store.create(sink(numbers));
    expect(owner(await see('KafkaSink', 'out', apiVersion))).toBe('external');
    await store.delete(ref);
    await gone(ref);
    expect(server.logs).toEqual(new Set(['results']));
  });

  test('a Secret that comes later', async () => {
    await withServer(new LogServer());
    await store.create(sink({ auth: { secret: { ref: { name: 's' } } } }));
    const seen = await see('KafkaSink', 'out', apiVersion);
    expect(condition(seen, 'ConfigParsed').message).toBe('Secret default/s does not exist; create it');
    expect(seen.status?.address).toBeUndefined();
    await store.create(secret(login));
    expect(readyOf(await see('KafkaSink', 'out', apiVersion))).toBe('True');
  });
});

describe('KafkaSource', () => {
  const apiVersion = 'sources.knative.dev/v1';
  const source = (spec: Record<string, unknown> = {}): Resource => ({
    apiVersion,
    kind: 'KafkaSource',
    metadata: { name: 'in', namespace: 'default' },
    spec: {
      bootstrapServers: ['k:9092'],
      topics: ['orders', 'returns'],
      sink: { ref: { apiVersion: 'v1', kind: 'Service', name: 'shop' } },
      ...spec,
    },
  });
  const seeSource = () => see('KafkaSource', 'in', apiVersion);
  const routes = () => controller.routingTable().logs;

  test('sink, topics and group: ready with what it publishes', async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(source());
    expect(condition(await seeSource(), 'SinkProvided')).toMatchObject({ status: 'False', reason: 'NotFound' });
    await store.create(service('shop', 'http://localhost:3000/'));
    const seen = await seeSource();
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({
      sinkUri: 'http://localhost:3000/',
      consumers: 1,
      ceAttributes: [
        { type: 'dev.knative.kafka.event', source: '/apis/v1/namespaces/default/kafkasources/in#orders' },
        { type: 'dev.knative.kafka.event', source: '/apis/v1/namespaces/default/kafkasources/in#returns' },
      ],
    });
    expect(server.asked).toEqual(expect.arrayContaining(['ensure orders', 'ensure returns']));
    expect(routes().map(({ subscriptions }) => subscriptions[0]?.cursorName)).toEqual(
      Array(2).fill(`knative-kafka-source-${seen.metadata.uid}`),
    );
    expect(seen.metadata.finalizers).toBeUndefined();
  });

  test('"secrets created later" and changed', async () => {
    await withServer(new LogServer());
    const at = (key: string) => ({ secretKeyRef: { name: 's', key } });
    const net = { sasl: { enable: true, user: at('user'), password: at('password') } };
    await store.create(service('shop', 'http://localhost:3000/'));
    await store.create(source({ net }));
    expect(condition(await seeSource(), 'ConsumerGroup')).toMatchObject({
      status: 'False',
      message: 'spec.net.sasl.user: Secret default/s does not exist; create it',
    });
    expect(routes()).toEqual([]);
    await store.create(secret(login));
    expect(readyOf(await seeSource())).toBe('True');
    await store.update(secret({ ...login, password: 'new' }));
    await controller.idle();
    expect(routes()[0]?.backing).toMatchObject({ cluster: { security: { sasl: { password: 'new' } } } });
  });

  test('"update of sink": events go to the new one', async () => {
    await withServer(new LogServer());
    const created = await store.create(source({ sink: { uri: 'http://localhost:1/' } }));
    await seeSource();
    const live = await seeSource();
    await store.update({ ...live, spec: { ...(live.spec as object), sink: { uri: 'http://localhost:2/' } } });
    await controller.idle();
    expect(routes().map(({ subscriptions }) => subscriptions[0]?.subscriber?.url)).toEqual(
      Array(2).fill('http://localhost:2/'),
    );
    await store.delete({ apiVersion, kind: 'KafkaSource', namespace: 'default', name: created.metadata.name });
    await controller.idle();
    expect(routes()).toEqual([]);
  });

  test('a topic that is not there, and a server that does not answer, are conditions', async () => {
    const server = new LogServer();
    await withServer(server);
    server.answer = { kind: 'refused', reason: 'TopicNotFound', message: 'topic orders is not there; make it' };
    await store.create(source({ sink: { uri: 'http://localhost:1/' } }));
    expect(condition(await seeSource(), 'ConsumerGroup')).toEqual({
      status: 'False',
      reason: 'TopicNotFound',
      message: 'topic orders is not there; make it',
    });
    server.answer = undefined;
    await annotate(source(), { touched: 'yes' });
    expect(readyOf(await seeSource())).toBe('True');
  });

  test('a topic whose offset is out of range: "a condition that says how many events are gone and how to go on"', async () => {
    const why = '12 events are gone; set millrace.dev/start to go on';
    const going = { position: 4, end: 9, lag: 5, oldestUnsettledMs: 1_000, inFlight: 1, retrying: 0 };
    const views = new Map<string, DeliveryProgressView>();
    // As the data plane does: each view is written over the one before.
    const shared = { reason: undefined } as unknown as DeliveryProgressView;
    const get = (uid: string) => {
      const view = views.get(uid);
      return view && Object.assign(shared, { reason: undefined }, view);
    };
    const progress = { read: () => ({ get }) };
    await restart({ options: { baseUrl, logAdmin: new LogServer(), progress, progressIntervalMs: 5 } });
    await store.create(source({ sink: { uri: 'http://localhost:1/' } }));
    const { uid = '' } = (await seeSource()).metadata;
    views.set(kafkaSourceRouteUid(uid, 'orders'), { ...going, position: 3, state: 'attached' });
    views.set(kafkaSourceRouteUid(uid, 'returns'), { ...going, state: 'stalled', reason: why });
    await waitFor('it is told', async () => readyOf(await seeSource()) === 'False');
    const seen = await seeSource();
    expect(condition(seen, 'ConsumerGroup')).toEqual({ status: 'False', reason: 'DeliveryStalled', message: why });
    expect(seen.status).toMatchObject({ delivery: { state: 'stalled', position: 7, end: 18, lag: 10, inFlight: 2 } });
    views.set(kafkaSourceRouteUid(uid, 'returns'), { ...going, state: 'attached' });
    await waitFor('it goes on', async () => readyOf(await seeSource()) === 'True');
  });

  test('"scale to zero": consumers 0 lets it rest', async () => {
    await withServer(new LogServer());
    await store.create(source({ sink: { uri: 'http://localhost:1/' }, consumers: 0 }));
    expect(condition(await seeSource(), 'ConsumerGroup')).toMatchObject({ status: 'True', reason: 'Paused' });
    expect(routes().every(({ subscriptions }) => subscriptions[0]?.paused)).toBe(true);
  });
});
