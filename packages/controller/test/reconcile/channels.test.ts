/** Channels and Subscriptions on a control plane: what people see of them, in whatever order they come. */
import type { Resource } from '@millrace/api';
import { waitFor } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { baseUrl, condition, controller, readyOf, see, start, store, useController } from '../support/control-plane.ts';
import { channel, LogServer, messagingVersion, subscription } from '../support/messaging.ts';
import { configMap, service } from '../support/objects.ts';

const seeKind = (kind: string, name: string) => see(kind, name, messagingVersion(kind));
const refTo = (kind: string, name: string) => ({
  apiVersion: messagingVersion(kind),
  kind,
  namespace: 'default',
  name,
});
const subscribersOf = (object: Resource) => (object.spec as { subscribers?: { uid: string }[] }).subscribers ?? [];

async function gone(kind: string, name: string): Promise<void> {
  await waitFor(`${kind} ${name} is gone`, async () => (await store.get(refTo(kind, name))) === undefined);
}

describe('Channel', () => {
  test('makes a LogChannel of its name and mirrors it; goes with it', async () => {
    await store.create(channel('Channel', 'c'));
    const seen = await seeKind('Channel', 'c');
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({
      channel: { apiVersion: 'messaging.millrace.dev/v1alpha1', kind: 'LogChannel', name: 'c', namespace: 'default' },
      address: { url: `${baseUrl}/channels/default/c` },
    });
    const backing = await seeKind('LogChannel', 'c');
    expect(backing.metadata.ownerReferences).toMatchObject([{ kind: 'Channel', name: 'c', controller: true }]);
    expect(readyOf(backing)).toBe('True');
    await store.delete(refTo('Channel', 'c'));
    await gone('LogChannel', 'c');
    await controller.idle();
    expect(controller.routingTable().logs).toEqual([]);
  });

  test('the template that default-ch-webhook names', async () => {
    const yaml = 'clusterDefault:\n  apiVersion: messaging.knative.dev/v1\n  kind: InMemoryChannel\n';
    await store.create(configMap('default-ch-webhook', { 'default-ch-config': yaml }, 'knative-eventing'));
    await store.create(channel('Channel', 'c'));
    expect((await seeKind('Channel', 'c')).status).toMatchObject({ channel: { kind: 'InMemoryChannel' } });
    await store.delete({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace: 'knative-eventing',
      name: 'default-ch-webhook',
    });
    await store.create(channel('Channel', 'd'));
    expect((await seeKind('Channel', 'd')).status).toMatchObject({ channel: { kind: 'LogChannel' } });
  });

  test('annotations with a meaning go on to what it stands for, now and later', async () => {
    const template = { channelTemplate: { apiVersion: messagingVersion('InMemoryChannel'), kind: 'InMemoryChannel' } };
    const annotations = { 'messaging.knative.dev/async-handler': 'true' };
    await store.create(channel('Channel', 'c', template, { annotations }));
    await controller.idle();
    expect(controller.routingTable().logs[0]).not.toHaveProperty('accepts');
    const body = { metadata: { annotations: { 'millrace.dev/retention': 'PT1H' } } };
    await store.patch(refTo('Channel', 'c'), { kind: 'merge', body });
    await controller.idle();
    expect(controller.routingTable().logs[0]?.retention.ageMs).toBe(3_600_000);
  });

  test('a template that the store refuses: ChannelFailure with its words', async () => {
    const apiVersion = messagingVersion('KafkaChannel');
    await store.create(
      channel('Channel', 'c', { channelTemplate: { apiVersion, kind: 'KafkaChannel', spec: { numPartitions: -1 } } }),
    );
    expect(condition(await seeKind('Channel', 'c'), 'BackingChannelReady')).toMatchObject({
      status: 'False',
      reason: 'ChannelFailure',
      message: expect.stringContaining('spec.numPartitions') as unknown,
    });
  });

  test('what it stands for is made again when somebody removes it', async () => {
    await store.create(channel('Channel', 'c'));
    const { metadata } = await seeKind('LogChannel', 'c');
    await store.delete(refTo('LogChannel', 'c'));
    expect((await seeKind('LogChannel', 'c')).metadata.uid).not.toBe(metadata.uid);
  });
});

describe('InMemoryChannel', () => {
  test('is ready, and says that it is not durable', async () => {
    await store.create(channel('InMemoryChannel', 'c'));
    const seen = await seeKind('InMemoryChannel', 'c');
    expect(readyOf(seen)).toBe('True');
    expect(seen.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Durable', status: 'False', severity: 'Info', reason: 'InMemory' }),
    );
  });

  test('the younger of two channels of one name says who has its address', async () => {
    await store.create(channel('InMemoryChannel', 'c'));
    await store.create(channel('LogChannel', 'c'));
    await controller.idle();
    const both = [await seeKind('InMemoryChannel', 'c'), await seeKind('LogChannel', 'c')];
    const served = both.filter((each) => readyOf(each) === 'True');
    const other = both.find((each) => readyOf(each) !== 'True');
    expect(served).toHaveLength(1);
    expect(condition(other ?? both[0]!, 'Addressable').message).toContain(`that of ${served[0]?.kind} default/c`);
  });
});

describe('Subscription', () => {
  test('through a generic Channel: its entry is in the backing channel, and it is ready when that says so', async () => {
    await store.create(subscription('s', ['Channel', 'c']));
    expect(condition(await seeKind('Subscription', 's'), 'ReferencesResolved')).toMatchObject({
      status: 'Unknown',
      reason: 'ChannelReferenceFailed',
    });
    await store.create(channel('Channel', 'c'));
    const seen = await seeKind('Subscription', 's');
    expect(readyOf(seen)).toBe('True');
    expect(seen.status).toMatchObject({ physicalSubscription: { subscriberUri: 'http://localhost:3000/' } });
    const backing = await seeKind('LogChannel', 'c');
    expect(backing.spec).toMatchObject({
      subscribers: [{ uid: seen.metadata.uid, name: 's', subscriberUri: 'http://localhost:3000/' }],
    });
    expect(backing.status).toMatchObject({ subscribers: [{ uid: seen.metadata.uid, ready: 'True' }] });
    expect((await seeKind('Channel', 'c')).status).toMatchObject({ subscribers: [{ uid: seen.metadata.uid }] });
  });

  test('it goes, and its entry and its route with it', async () => {
    await store.create(channel('LogChannel', 'c'));
    await store.create(subscription('s', ['LogChannel', 'c']));
    await store.create(subscription('t', ['LogChannel', 'c']));
    await controller.idle();
    await store.delete(refTo('Subscription', 's'));
    await gone('Subscription', 's');
    expect(subscribersOf(await seeKind('LogChannel', 'c'))).toHaveLength(1);
    expect(controller.routingTable().logs[0]?.subscriptions.map(({ name }) => name)).toEqual(['t']);
  });

  test('it goes also when its channel went before, and when the two go together', async () => {
    await store.create(channel('Channel', 'c'));
    await store.create(subscription('s', ['Channel', 'c']));
    await controller.idle();
    await Promise.all([store.delete(refTo('Channel', 'c')), store.delete(refTo('Subscription', 's'))]);
    await Promise.all([gone('Channel', 'c'), gone('LogChannel', 'c'), gone('Subscription', 's')]);
  });

  test('a channel that was there before a generic Channel of its name stays, without the Subscriptions of that', async () => {
    await store.create(channel('LogChannel', 'c'));
    await store.create(channel('Channel', 'c'));
    await store.create(subscription('s', ['Channel', 'c']));
    expect(subscribersOf(await seeKind('LogChannel', 'c'))).toHaveLength(1);
    await store.delete(refTo('Channel', 'c'));
    await gone('Channel', 'c');
    await controller.idle();
    await store.delete(refTo('Subscription', 's'));
    await gone('Subscription', 's');
    expect(subscribersOf(await seeKind('LogChannel', 'c'))).toEqual([]);
  });

  test('an unresolved subscriber waits and is told; then it is resolved', async () => {
    await store.create(channel('LogChannel', 'c'));
    const ref = { apiVersion: 'v1', kind: 'Service', name: 'late' };
    await store.create(subscription('s', ['LogChannel', 'c'], { subscriber: { ref } }));
    expect(condition(await seeKind('Subscription', 's'), 'ReferencesResolved').reason).toBe('SubscriberResolveFailed');
    expect(controller.routingTable().logs[0]?.subscriptions[0]).not.toHaveProperty('subscriber');
    await store.create(service('late', 'http://localhost:4000/'));
    expect(readyOf(await seeKind('Subscription', 's'))).toBe('True');
  });

  test('a reply to the next channel stays in the table', async () => {
    await store.create(channel('LogChannel', 'a'));
    await store.create(channel('Channel', 'b'));
    const reply = { ref: { apiVersion: messagingVersion('Channel'), kind: 'Channel', name: 'b' } };
    await store.create(subscription('s', ['LogChannel', 'a'], { reply }));
    const { metadata } = await seeKind('LogChannel', 'b');
    const route = controller.routingTable().logs[0]?.subscriptions[0];
    expect(route?.replyLogUid).toBe(metadata.uid);
  });

  test.each([
    'http://c-kn-channel.default.svc.cluster.local',
    'http://c-kn-channel.default.svc',
    'http://imc-dispatcher.knative-eventing.svc.cluster.local/default/c',
  ])('the address of a channel in a cluster leads here: %s', async (uri) => {
    await store.create(channel('InMemoryChannel', 'c'));
    await store.create(channel('LogChannel', 'a'));
    await store.create(subscription('s', ['LogChannel', 'a'], { subscriber: { uri } }));
    expect((await seeKind('Subscription', 's')).status).toMatchObject({
      physicalSubscription: { subscriberUri: `${baseUrl}/channels/default/c` },
    });
  });

  test('ready is a promise: only when the data plane serves it', async () => {
    await controller.stop();
    const served = new Set<string>();
    useController(start({ options: { baseUrl, serves: (uid) => served.has(uid) } }));
    await controller.start();
    served.add((await store.create(channel('LogChannel', 'c'))).metadata.uid ?? '');
    const { metadata } = await store.create(subscription('s', ['LogChannel', 'c']));
    expect(condition(await seeKind('Subscription', 's'), 'AddedToChannel').status).toBe('Unknown');
    served.add(metadata.uid ?? '');
    controller.tableApplied();
    expect(readyOf(await seeKind('Subscription', 's'))).toBe('True');
  });

  test('its position and lag are in its status, as a Trigger’s are', async () => {
    await controller.stop();
    const where = { position: 4, end: 9, lag: 5, oldestUnsettledMs: 2_500, inFlight: 2, retrying: 1 };
    const views = new Map<string, typeof where & { state: string }>();
    useController(start({ options: { baseUrl, progress: { read: () => views }, progressIntervalMs: 5 } }));
    await controller.start();
    await store.create(channel('LogChannel', 'c'));
    const { metadata } = await store.create(subscription('s', ['LogChannel', 'c']));
    views.set(metadata.uid ?? '', { state: 'attached', ...where });
    const seen = await waitFor('its status shows it', async () => {
      const found = await store.get(refTo('Subscription', 's'));
      return found?.status?.['delivery'] === undefined ? undefined : found;
    });
    expect(seen?.status?.['delivery']).toMatchObject({ state: 'attached', position: 4, lag: 5, inFlight: 2 });
  });

  test('B1: a hundred Subscriptions that come together rewrite the list of their channel a few times', async () => {
    const count = 100;
    await store.create(channel('LogChannel', 'c'));
    await controller.idle();
    await Promise.all(
      Array.from({ length: count }, (_, index) => store.create(subscription(`s-${index}`, ['LogChannel', 'c']))),
    );
    const seen = await seeKind('LogChannel', 'c');
    expect(subscribersOf(seen)).toHaveLength(count);
    expect(seen.metadata.generation).toBeLessThan(count / 2);
    const { items } = await store.list({ apiVersion: messagingVersion('Subscription'), kind: 'Subscription' });
    expect(items.filter((each) => readyOf(each) !== 'True')).toEqual([]);
    await Promise.all(items.map(({ metadata }) => store.delete(refTo('Subscription', metadata.name))));
    await waitFor('the list is empty', async () => subscribersOf(await seeKind('LogChannel', 'c')).length === 0);
  });
});

describe('a channel whose log is on a server', () => {
  const installationLog = { kind: 'kafka', cluster: { servers: ['k:9092'] } } as const;
  const topic = 'knative-messaging-kafka.default.c';

  async function onKafka(server: LogServer, isServing = true): Promise<void> {
    await controller.stop();
    const tableInForce = () => ({ logs: isServing ? controller.routingTable().logs : [] });
    const options = { baseUrl, logAdmin: server, routing: { installationLog }, tableInForce };
    useController(start({ options }));
    await controller.start();
  }

  test.each(['LogChannel', 'KafkaChannel'])(
    '%s: its topic is made before it is ready, and goes with it',
    async (kind) => {
      const server = new LogServer();
      await onKafka(server);
      await store.create(channel(kind, 'c'));
      const seen = await seeKind(kind, 'c');
      expect(readyOf(seen)).toBe('True');
      expect([...server.logs]).toEqual([topic]);
      expect(seen.status?.annotations).toMatchObject({ 'default.topic': topic, 'bootstrap.servers': 'k:9092' });
      await store.delete(refTo(kind, 'c'));
      await gone(kind, 'c');
      expect([...server.logs]).toEqual([]);
    },
  );

  test('"an external one stays": a topic that was there before the channel', async () => {
    const server = new LogServer();
    server.logs.add(topic);
    await onKafka(server);
    await store.create(channel('KafkaChannel', 'c'));
    expect(readyOf(await seeKind('KafkaChannel', 'c'))).toBe('True');
    await store.delete(refTo('KafkaChannel', 'c'));
    await gone('KafkaChannel', 'c');
    expect([...server.logs]).toEqual([topic]);
    expect(server.asked).not.toContain(`remove ${topic}`);
  });

  test('a server that refuses: a condition that says what to do; it is asked again', async () => {
    const server = new LogServer();
    server.answer = {
      kind: 'unreachable',
      reason: 'Failed to obtain Kafka cluster admin',
      message: 'k:9092 does not answer',
    };
    await onKafka(server);
    await store.create(channel('KafkaChannel', 'c'));
    expect(condition(await seeKind('KafkaChannel', 'c'), 'TopicReady')).toEqual({
      status: 'Unknown',
      reason: 'Failed to obtain Kafka cluster admin',
      message: 'k:9092 does not answer',
    });
    server.answer = undefined;
    await waitFor('it is ready', async () => readyOf(await seeKind('KafkaChannel', 'c')) === 'True', {
      timeoutMs: 10_000,
    });
  });

  test('without servers anywhere: the condition names the ConfigMap and the flag', async () => {
    await store.create(channel('KafkaChannel', 'c'));
    expect(condition(await seeKind('KafkaChannel', 'c'), 'ConfigParsed')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('--log kafka://') as unknown,
    });
    await store.create(channel('NatsJetStreamChannel', 'n'));
    expect(condition(await seeKind('NatsJetStreamChannel', 'n'), 'StreamReady')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('config-nats') as unknown,
    });
    await store.create(configMap('kafka-channel-config', { 'bootstrap.servers': 'a:1' }, 'knative-eventing'));
    expect(readyOf(await seeKind('KafkaChannel', 'c'))).toBe('True');
  });
});
