/** Brokers of class MTChannelBasedBroker: the channel that they are made of. Reference 2.1, 10, 12.2. */
import { expect } from 'vitest';
import { addressOf, conditionOf, type Thing } from '../support/api.ts';
import { clause } from '../support/suite.ts';
import type { Space } from '../support/world.ts';

const classOf = { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' };

async function broker(space: Space, kind: string, annotations: Readonly<Record<string, string>> = {}): Promise<Thing> {
  const template = `apiVersion: messaging.knative.dev/v1\nkind: ${kind}\n`;
  await space.create({ ...space.thing('ConfigMap', 'own'), data: { 'channel-template-spec': template } });
  const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'own', namespace: space.namespace };
  return space.create(space.thing('Broker', 'mt', { config }, { ...classOf, ...annotations }));
}

const child = async (space: Space) => (await space.api.get('InMemoryChannel', space.namespace, 'mt-kne-trigger')).body;

clause('cond.broker-annotations', async (space) => {
  await broker(space, 'InMemoryChannel');
  const { status } = await space.ready('Broker', 'mt');
  expect(status?.['annotations']).toMatchObject({
    'knative.dev/channelAddress': addressOf(await child(space)),
    'knative.dev/channelAPIVersion': 'messaging.knative.dev/v1',
    'knative.dev/channelKind': 'InMemoryChannel',
    'knative.dev/channelName': 'mt-kne-trigger',
  });
});

clause('metadata', async (space) => {
  const annotations = { 'messaging.knative.dev/async-handler': 'true' };
  await broker(space, 'InMemoryChannel', annotations);
  await space.ready('Broker', 'mt');
  expect((await child(space)).metadata.annotations).toMatchObject(annotations);
});

clause('broker.channel-child', async (space) => {
  const sink = space.probe('sink');
  const { metadata } = await broker(space, 'InMemoryChannel');
  await space.ready('Broker', 'mt');
  const { labels, ownerReferences } = (await child(space)).metadata;
  expect(labels).toMatchObject({
    'eventing.knative.dev/broker': 'mt',
    'eventing.knative.dev/brokerEverything': 'true',
  });
  expect(ownerReferences).toMatchObject([{ kind: 'Broker', uid: metadata.uid, controller: true }]);
  await space.trigger('t', { broker: 'mt', subscriber: sink });
  const id = await space.send({}, 'mt');
  expect((await sink.one()).id).toBe(id);
});

clause('cond.broker-channel', async (space) => {
  await broker(space, 'NoSuchChannel');
  const made = await space.until(
    'Broker',
    'mt',
    'says that its channel cannot be made',
    (thing) => conditionOf(thing, 'TriggerChannelReady')?.reason === 'ChannelFailure',
  );
  expect(conditionOf(made, 'TriggerChannelReady')).toMatchObject({
    status: 'False',
    message: expect.stringContaining('NoSuchChannel'),
  });
});
