/** Brokers of each class on a control plane, with a server of logs in memory (reference 2.1, 2.5, 12.6). */
import type { Resource, RoutingTable } from '@millrace/api';
import { silentLogger } from '@millrace/runtime';
import { SeededRandom, VirtualClock, waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { createController } from '../../src/reconcile/controller.ts';
import {
  annotate,
  baseUrl,
  condition,
  controller,
  readyOf,
  see,
  store,
  useController,
} from '../support/control-plane.ts';
import { gone, login, onKafka, restart, secret, withServer } from '../support/log-server.ts';
import { LogServer, messagingVersion } from '../support/messaging.ts';
import { broker, configMap, eventing, trigger } from '../support/objects.ts';

const classed = (name: string, more: Record<string, string> = {}, spec: Record<string, unknown> = {}): Resource =>
  broker('b', { spec, metadata: { annotations: { 'eventing.knative.dev/broker.class': name, ...more } } });
const brokerRef = { apiVersion: eventing, kind: 'Broker', namespace: 'default', name: 'b' };
const config = { config: { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', namespace: 'default' } };
const topic = 'knative-broker-default-b';

describe('Broker of class Kafka', () => {
  test('its topic is made, and published with what is needed to find it again', async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(configMap('c', { 'default.topic.partitions': '4', 'default.topic.replication.factor': '2' }));
    await store.create(classed('Kafka', {}, config));
    const seen = await see('Broker', 'b');
    expect(readyOf(seen)).toBe('True');
    expect(server.logs).toEqual(new Set([topic]));
    expect(seen.metadata.finalizers).toEqual(['brokers.eventing.knative.dev']);
    expect(seen.status).toMatchObject({
      address: { url: `${baseUrl}/default/b` },
      annotations: {
        'default.topic': topic,
        'default.topic.partitions': '4',
        'default.topic.replication.factor': '2',
        'bootstrap.servers': 'log:9092',
      },
    });
    expect(condition(seen, 'TopicReady')).toMatchObject({ status: 'True', reason: `Topic ${topic} created` });
    expect(seen.status?.conditions?.map(({ type }) => type)).not.toContain('TriggerChannelReady');
  });

  test('a server that is asked once is not asked again for every change', async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(classed('Kafka'));
    await see('Broker', 'b');
    await annotate(classed('Kafka'), { 'millrace.dev/retention-bytes': '1Gi' });
    await see('Broker', 'b');
    expect(server.asked).toEqual([`ensure ${topic}`]);
  });

  test('what the server refuses is a condition that says what to do; mended, it is ready', async () => {
    const server = new LogServer();
    await withServer(server);
    server.answer = { kind: 'refused', reason: 'InvalidReplicationFactor', message: 'asked for 3 of 1: set 1' };
    await store.create(classed('Kafka'));
    expect(condition(await see('Broker', 'b'), 'Ready')).toEqual({
      status: 'False',
      reason: 'InvalidReplicationFactor',
      message: 'asked for 3 of 1: set 1',
    });
    // Whoever opens a topic that is not there makes it: nobody may before it is known to be right.
    expect(controller.routingTable().logs).toEqual([]);
    server.answer = undefined;
    await annotate(classed('Kafka'), { touched: 'yes' });
    expect(readyOf(await see('Broker', 'b'))).toBe('True');
  });

  test('"Broker not ready after config breaks": its ConfigMap, its Secret, and back', async () => {
    await withServer(new LogServer());
    await store.create(classed('Kafka', {}, config));
    const parsed = async () => condition(await see('Broker', 'b'), 'ConfigParsed');
    expect(await parsed()).toMatchObject({ status: 'False', message: 'ConfigMap default/c does not exist; create it' });
    await store.create(configMap('c', { 'auth.secret.ref.name': 's' }));
    expect((await parsed()).message).toContain('Secret default/s does not exist; create it');
    await store.create(secret(login));
    expect(readyOf(await see('Broker', 'b'))).toBe('True');
    await store.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'c' });
    expect(readyOf(await see('Broker', 'b'))).toBe('False');
    expect(controller.routingTable().logs).toEqual([]);
  });

  test('its Trigger has the group of the template in its status, and keeps it', async () => {
    await withServer(new LogServer());
    await store.create(classed('Kafka'));
    await store.create(trigger('t', { broker: 'b' }));
    const group = async () => (await see('Trigger', 't')).status?.annotations?.['group.id'];
    expect(await group()).toBe('knative-trigger-default-t');
    expect(readyOf(await see('Trigger', 't'))).toBe('True');
    const template = { 'triggers.consumergroup.template': 'x-{{.Name}}' };
    await store.create(configMap('config-kafka-features', template, 'knative-eventing'));
    expect(await group()).toBe('knative-trigger-default-t');
    expect(controller.routingTable().logs[0]?.subscriptions[0]?.cursorName).toBe('knative-trigger-default-t');
    expect((await see('Trigger', 't')).metadata.finalizers).toBeUndefined();
  });
});

describe('deleting a Broker on Kafka', () => {
  test('its topic goes with it', async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(classed('Kafka'));
    await see('Broker', 'b');
    await store.delete(brokerRef);
    await gone(brokerRef);
    expect(server.logs).toEqual(new Set());
  });

  test('"removes its topic only where we made it": one that was there stays', async () => {
    const server = new LogServer();
    server.logs.add(topic);
    await withServer(server);
    await store.create(classed('Kafka'));
    await see('Broker', 'b');
    await store.delete(brokerRef);
    await gone(brokerRef);
    expect(server.logs).toEqual(new Set([topic]));
  });

  test('"an external one stays", and its Broker is never held', async () => {
    const server = new LogServer();
    server.logs.add('orders');
    await withServer(server);
    await store.create(classed('Kafka', { 'kafka.eventing.knative.dev/external.topic': 'orders' }));
    const seen = await see('Broker', 'b');
    expect([readyOf(seen), seen.metadata.finalizers]).toEqual(['True', undefined]);
    await store.delete(brokerRef);
    await gone(brokerRef);
    expect(server.asked).toEqual(['ensure orders']);
  });

  test('"Deletion works when the ConfigMap is gone": the topic goes by what the status holds', async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(configMap('c', { 'bootstrap.servers': 'k:9092' }));
    await store.create(classed('Kafka', {}, config));
    await see('Broker', 'b');
    await store.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name: 'c' });
    await see('Broker', 'b');
    await store.delete(brokerRef);
    await gone(brokerRef);
    expect(server.logs).toEqual(new Set());
  });

  test('"… when the Secret is gone": the topic stays, and that is told', async () => {
    const server = new LogServer();
    const told: unknown[] = [];
    const logger = { ...silentLogger, warn: (_message: string, fields?: object) => void told.push(fields) };
    await restart({ logger, options: { baseUrl, logAdmin: server, routing: { installationLog: onKafka } } });
    await store.create(secret(login));
    await store.create(configMap('c', { 'auth.secret.ref.name': 's' }));
    await store.create(classed('Kafka', {}, config));
    await see('Broker', 'b');
    await store.delete({ apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 's' });
    await see('Broker', 'b');
    await store.delete(brokerRef);
    await gone(brokerRef);
    expect(server.logs).toEqual(new Set([topic]));
    expect(told).toContainEqual(expect.objectContaining({ object: 'Broker default/b', log: `topic ${topic}` }));
  });

  test('"… when Kafka is unreachable": after its time the Broker goes without it', async () => {
    const server = new LogServer();
    const clock = new VirtualClock();
    const options = { baseUrl, logAdmin: server, routing: { installationLog: onKafka } };
    await controller.stop();
    useController(createController({ store, clock, random: new SeededRandom(1), options }));
    await controller.start();
    await store.create(classed('Kafka'));
    await clock.advance(1_000);
    server.answer = {
      kind: 'unreachable',
      reason: 'Failed to obtain Kafka cluster admin',
      message: 'log:9092: no answer',
    };
    await store.delete(brokerRef);
    await clock.advance(20_000);
    expect(await store.get(brokerRef)).toBeDefined();
    expect(server.asked.filter((each) => each === `remove ${topic}`).length).toBeGreaterThan(1);
    // The store has its own clock here: what counts is the time between its mark and now.
    await clock.advance(60_000);
    await waitFor('the Broker is gone', async () => (await store.get(brokerRef)) === undefined);
  });

  test('K2: not before the data plane has let go of it', async () => {
    const server = new LogServer();
    let inForce: RoutingTable | undefined;
    const options = { baseUrl, logAdmin: server, routing: { installationLog: onKafka } };
    await restart({ options: { ...options, tableInForce: () => inForce ?? controller.routingTable() } });
    await store.create(classed('Kafka'));
    await see('Broker', 'b');
    inForce = controller.routingTable();
    await store.delete(brokerRef);
    await see('Broker', 'b');
    expect(server.logs).toEqual(new Set([topic]));
    inForce = undefined;
    await gone(brokerRef);
    expect(server.logs).toEqual(new Set());
  });
});

describe('Broker of class MTChannelBasedBroker', () => {
  const template = (kind: string) => ({
    'channel-template-spec': `apiVersion: ${messagingVersion(kind)}\nkind: ${kind}\n`,
  });
  const name = 'b-kne-trigger';

  test('10: its channel, with labels, scope and owner', async () => {
    await store.create(configMap('c', template('InMemoryChannel')));
    await store.create(classed('MTChannelBasedBroker', {}, config));
    const seen = await see('Broker', 'b');
    const channel = await see('InMemoryChannel', name, messagingVersion('InMemoryChannel'));
    expect(channel.metadata).toMatchObject({
      labels: { 'eventing.knative.dev/broker': 'b', 'eventing.knative.dev/brokerEverything': 'true' },
      annotations: { 'eventing.knative.dev/scope': 'cluster' },
      ownerReferences: [{ kind: 'Broker', name: 'b', controller: true, blockOwnerDeletion: true }],
    });
    expect(readyOf(seen)).toBe('True');
    expect(seen.status?.annotations).toMatchObject({
      'knative.dev/channelAPIVersion': 'messaging.knative.dev/v1',
      'knative.dev/channelKind': 'InMemoryChannel',
      'knative.dev/channelName': name,
      'knative.dev/channelAddress': channel.status?.address?.url,
    });
    expect(controller.routingTable().logs).toMatchObject([{ kind: 'Broker', backing: { kind: 'memory' } }]);
    await store.delete(brokerRef);
    await gone({
      apiVersion: messagingVersion('InMemoryChannel'),
      kind: 'InMemoryChannel',
      namespace: 'default',
      name,
    });
  });

  test("on Kafka the topic is the channel's, made once and removed with the Broker", async () => {
    const server = new LogServer();
    await withServer(server);
    await store.create(configMap('c', template('KafkaChannel')));
    await store.create(classed('MTChannelBasedBroker', {}, config));
    expect(readyOf(await see('Broker', 'b'))).toBe('True');
    const channelTopic = `knative-messaging-kafka.default.${name}`;
    expect(server.asked).toEqual([`ensure ${channelTopic}`]);
    await store.delete(brokerRef);
    await gone(brokerRef);
    expect(server.logs).toEqual(new Set());
  });

  test('a channel kind that is not known: ChannelFailure', async () => {
    await store.create(configMap('c', { 'channel-template-spec': 'apiVersion: x.example/v1\nkind: Tube\n' }));
    await store.create(classed('MTChannelBasedBroker', {}, config));
    expect(condition(await see('Broker', 'b'), 'TriggerChannelReady')).toMatchObject({
      status: 'False',
      reason: 'ChannelFailure',
      message: expect.stringContaining('unknown kind "Tube"') as unknown,
    });
  });
});

test('class NatsJetStreamBroker: its stream is made, and goes with it', async () => {
  const server = new LogServer();
  await withServer(server, { kind: 'jetstream', cluster: { servers: ['nats://log:4222'] } });
  await store.create(classed('NatsJetStreamBroker'));
  const seen = await see('Broker', 'b');
  expect([readyOf(seen), condition(seen, 'StreamReady').status]).toEqual(['True', 'True']);
  expect(server.logs).toEqual(new Set(['KN_BROKER_DEFAULT__B']));
  await store.delete(brokerRef);
  await gone(brokerRef);
  expect(server.logs).toEqual(new Set());
});
