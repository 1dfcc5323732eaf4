/** Brokers and channels on a real NATS server: reference 11.5, 11.6, 12.7. */
import { expect } from 'vitest';
import type { Json } from '../support/api.ts';
import { channel, send, subscribed } from '../support/channels.ts';
import { nats } from '../support/nats-target.ts';
import { status } from '../support/probe.ts';
import { clause } from '../support/suite.ts';
import { natsJetStreamChannel } from '../support/target.ts';
import { until } from '../support/until.ts';
import type { Space } from '../support/world.ts';

/** Names of all streams, from the server's own monitoring. */
async function streams(): Promise<readonly string[]> {
  const answer = await fetch(`${nats().monitorUrl}/jsz?streams=true`);
  const { account_details: accounts = [] } = (await answer.json()) as {
    readonly account_details?: readonly { readonly stream_detail?: readonly { readonly name: string }[] }[];
  };
  return accounts.flatMap(({ stream_detail: details = [] }) => details.map(({ name }) => name));
}

const upper = (space: Space) => space.namespace.toUpperCase();

async function five(space: Space, broker: string): Promise<void> {
  const sink = space.probe('sink');
  await space.trigger('t', { broker, subscriber: sink });
  const ids: string[] = [];
  for (let number = 0; number < 5; number++) ids.push(await space.send({}, broker));
  expect((await sink.exactly(5)).map(({ id }) => id).sort()).toEqual(ids.toSorted());
}

clause('nats.mt-broker', async (space) => {
  const template = `apiVersion: ${natsJetStreamChannel.apiVersion}\nkind: NatsJetStreamChannel\n`;
  await space.create({ ...space.thing('ConfigMap', 'own'), data: { 'channel-template-spec': template } });
  const config: Json = { apiVersion: 'v1', kind: 'ConfigMap', name: 'own', namespace: space.namespace };
  const annotations = { 'eventing.knative.dev/broker.class': 'MTChannelBasedBroker' };
  await space.create(space.thing('Broker', 'mt', { config }, annotations));
  await space.ready('Broker', 'mt');
  await space.ready('NatsJetStreamChannel', 'mt-kne-trigger');
  await five(space, 'mt');
});

clause('nats.broker', async (space) => {
  await space.broker();
  await five(space, 'default');
});

clause('nats.dead-letter', async (space) => {
  const dls = space.probe('dls');
  await space.broker();
  const delivery = { retry: 1, backoffPolicy: 'linear', backoffDelay: 'PT0.01S', deadLetterSink: { uri: dls.url } };
  await space.trigger('t', { subscriber: space.probe('sink', status(500)), delivery });
  const ids = [await space.send(), await space.send()];
  expect((await dls.exactly(2)).map(({ id }) => id).sort()).toEqual(ids.toSorted());
});

clause('nats.filters', async (space) => {
  const [three, two] = [space.probe('three'), space.probe('two')];
  await space.broker();
  await space.triggers({
    three: { subscriber: three, filter: { type: 'three' } },
    two: { subscriber: two, filter: { type: 'two' } },
  });
  for (const type of ['three', 'two', 'three', 'two', 'three']) await space.send({ attributes: { type } });
  await three.exactly(3);
  await two.exactly(2);
});

clause('nats.same-id', async (space) => {
  const sink = space.probe('sink');
  const url = await subscribed(space, natsJetStreamChannel, { subscriber: sink });
  for (const source of ['/one', '/two']) await send(url, { attributes: { id: 'same', source } });
  expect((await sink.exactly(2)).map(({ headers }) => headers['ce-source']).sort()).toEqual(['/one', '/two']);
});

clause('nats.broker-stream', async (space) => {
  await space.broker();
  expect(await streams()).toContain(`KN_BROKER_${upper(space)}__DEFAULT`);
});

clause('nats.channel-stream', async (space) => {
  await channel(space, natsJetStreamChannel, 'my-channel');
  await channel(space, natsJetStreamChannel, 'named', { stream: { overrideName: `OWN_${upper(space)}` } });
  const names = await streams();
  expect(names).toContain(`KN_${upper(space)}__MY_CHANNEL`);
  expect(names).toContain(`OWN_${upper(space)}`);
});

clause('nats.deleted', async (space) => {
  await space.broker();
  await channel(space, natsJetStreamChannel, 'c');
  for (const [kind, name] of [
    ['Broker', 'default'],
    ['NatsJetStreamChannel', 'c'],
  ] as const) {
    expect((await space.api.remove(kind, space.namespace, name)).code).toBeLessThan(300);
  }
  await until('their streams are gone', streams, (names) =>
    names.every((name) => name !== `KN_BROKER_${upper(space)}__DEFAULT` && name !== `KN_${upper(space)}__C`),
  );
});
