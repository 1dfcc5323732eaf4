/** Subscriptions in the routing table: who gets events, how, and where answers go. */
import { describe, expect, it } from 'vitest';
import { defaultDeliveryPolicy } from '../../src/delivery/index.ts';
import type { Resource } from '../../src/resource.ts';
import { maxInFlightDefault } from '../../src/routing/index.ts';
import { apiVersionOf, only, routes, stored, subscription } from './messaging.ts';

describe('the subscription of a Subscription', () => {
  it('with nothing but a subscriber', () => {
    expect(only([stored('LogChannel', 'c'), subscription('s', 'c')]).first).toEqual({
      uid: 'Subscription-default-s',
      kind: 'Subscription',
      namespace: 'default',
      name: 's',
      revision: 1,
      filter: {},
      subscriber: { url: 'http://s/' },
      delivery: defaultDeliveryPolicy,
      order: 'unordered',
      start: { kind: 'latest' },
      paused: false,
      maxInFlight: maxInFlightDefault,
    });
  });

  it('through a generic Channel: on the log of what it stands for', () => {
    const channel = { apiVersion: apiVersionOf('LogChannel'), kind: 'LogChannel', name: 'c', namespace: 'default' };
    const resources = [
      stored('Channel', 'c', { status: { channel } }),
      stored('LogChannel', 'c'),
      subscription('s', 'c', {}, 'Channel'),
    ];
    expect(only(resources).first.name).toBe('s');
    expect(
      only([stored('Channel', 'c'), stored('LogChannel', 'c'), subscription('s', 'c', {}, 'Channel')]).first,
    ).toBeUndefined();
  });

  it('all position controls of Triggers', () => {
    const annotations = {
      'millrace.dev/start': '1970-01-01T00:00:02Z',
      'millrace.dev/paused': 'true',
      'millrace.dev/max-in-flight': '5',
      'millrace.dev/rate-limit': '2.5/s',
      'kafka.eventing.knative.dev/delivery.order': 'ordered',
    };
    expect(only([stored('LogChannel', 'c'), subscription('s', 'c', { annotations })]).first).toMatchObject({
      start: { kind: 'time', timeMs: 2_000 },
      paused: true,
      maxInFlight: 5,
      ratePerSecond: 2.5,
      order: 'ordered',
    });
  });

  it('R3: ready or not it is in the table; without a resolved subscriber its events wait', () => {
    const bare = { ...subscription('s', 'c') };
    const { status: _, ...without } = bare;
    expect(only([stored('LogChannel', 'c'), without as Resource]).first).not.toHaveProperty('subscriber');
  });

  it('R3: a reply that is named and not resolved makes it wait: its answers would be dropped', () => {
    const spec = { reply: { ref: { apiVersion: 'v1', kind: 'Service', name: 'r' } } };
    const { first } = only([stored('LogChannel', 'c'), subscription('s', 'c', { spec })]);
    expect([first.subscriber, first.reply]).toEqual([undefined, undefined]);
  });

  it('certificates and audiences go along', () => {
    const status = {
      subscriberUri: 'https://s/',
      subscriberCACerts: 'PEM',
      subscriberAudience: 'me',
      replyUri: 'https://r/',
      replyCACerts: 'R',
      replyAudience: 'you',
    };
    const spec = { reply: { uri: 'https://r/' } };
    expect(only([stored('LogChannel', 'c'), subscription('s', 'c', { spec, status })]).first).toMatchObject({
      subscriber: { url: 'https://s/', caCerts: 'PEM', audience: 'me' },
      reply: { url: 'https://r/', caCerts: 'R', audience: 'you' },
    });
  });

  it('an entry in spec.subscribers that no Subscription wrote is served as well', () => {
    const entry = {
      uid: 'mine',
      subscriberUri: 'http://e/',
      replyUri: 'http://r/',
      delivery: { retry: 2, deadLetterSink: { uri: 'http://d/' } },
    };
    expect(only([stored('LogChannel', 'c', { spec: { subscribers: [entry] } })]).first).toMatchObject({
      uid: 'mine',
      name: 'mine',
      subscriber: { url: 'http://e/' },
      reply: { url: 'http://r/' },
      delivery: { retryMax: 2 },
      deadLetterSink: { url: 'http://d/' },
    });
  });

  it('1.6: an entry that has only a reply gets the events themselves there', () => {
    const entry = { uid: 'e', replyUri: 'http://r/' };
    const { first } = only([stored('LogChannel', 'c', { spec: { subscribers: [entry] } })]);
    expect(first).toMatchObject({ uid: 'e', subscriber: { url: 'http://r/' } });
    expect(first).not.toHaveProperty('reply');
    expect(first).not.toHaveProperty('replyLogUid');
  });

  it('the entry of a Subscription is not served twice, nor when the Subscription is going', () => {
    const entry = { uid: 'Subscription-default-s', subscriberUri: 'http://s/' };
    const channel = stored('LogChannel', 'c', { spec: { subscribers: [entry] } });
    expect(only([channel, subscription('s', 'c')]).log.subscriptions).toHaveLength(1);
    const going = subscription('s', 'c', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
    expect(only([channel, going]).log.subscriptions).toHaveLength(0);
  });

  it('of a channel in another namespace it is not', () => {
    const resources = [stored('LogChannel', 'c', { namespace: 'other' }), subscription('s', 'c')];
    expect(only(resources).log.subscriptions).toEqual([]);
  });
});

describe('4.4: delivery and dead letter sink of a Subscription', () => {
  const sink = { uri: 'http://dls/' };
  const channel = stored('LogChannel', 'c', {
    spec: { delivery: { retry: 7, deadLetterSink: sink } },
    status: { deadLetterSinkUri: 'http://channel-dls/' },
  });

  it('"nil → the channel’s spec.delivery"', () => {
    expect(only([channel, subscription('s', 'c')]).first).toMatchObject({
      delivery: { retryMax: 7 },
      deadLetterSink: { url: 'http://channel-dls/' },
    });
  });

  it('"non-nil replaces; DLS falls back to the channel’s resolved DLS"', () => {
    const spec = { delivery: { timeout: 'PT1S' } };
    expect(only([channel, subscription('s', 'c', { spec })]).first).toMatchObject({
      delivery: { retryMax: 0, timeoutMs: 1_000 },
      deadLetterSink: { url: 'http://channel-dls/' },
    });
  });

  it('its own dead letter sink wins; unresolved, it is not replaced by another', () => {
    const spec = { delivery: { deadLetterSink: sink } };
    const own = subscription('s', 'c', { spec, status: { deadLetterSinkUri: 'http://own/' } });
    expect(only([channel, own]).first.deadLetterSink).toEqual({ url: 'http://own/' });
    expect(only([channel, subscription('s', 'c', { spec })]).first).not.toHaveProperty('deadLetterSink');
  });
});

describe('replies that stay in the table', () => {
  const url = (kind: string, name: string) => ({
    address: {
      url:
        kind === 'Broker' ? `http://localhost:8080/default/${name}` : `http://localhost:8080/channels/default/${name}`,
    },
  });
  const replyOf = (replyUri: string, ...others: readonly Resource[]) => {
    const spec = { reply: { uri: replyUri } };
    const resources = [stored('LogChannel', 'c'), subscription('s', 'c', { spec, status: { replyUri } }), ...others];
    const route = routes(resources).find(({ name }) => name === 'c')?.subscriptions[0];
    return route?.replyLogUid ?? route?.reply?.url;
  };
  const next = stored('LogChannel', 'next', { status: url('LogChannel', 'next') });

  it('by the address that a channel or a Broker publishes', () => {
    expect(replyOf('http://localhost:8080/channels/default/next', next)).toBe('LogChannel-default-next');
    const broker = stored('Broker', 'b', { status: url('Broker', 'b') });
    expect(replyOf('http://localhost:8080/default/b', broker)).toBe('Broker-default-b');
    expect(replyOf('http://localhost:8080/default/b/?x=1', broker)).toBe('Broker-default-b');
  });

  it('by the host names of a cluster', () => {
    expect(replyOf('http://next-kn-channel.default.svc.cluster.local', next)).toBe('LogChannel-default-next');
    const broker = stored('Broker', 'b');
    expect(replyOf('http://broker-ingress.knative-eventing.svc.cluster.local/default/b', broker)).toBe(
      'Broker-default-b',
    );
  });

  it('anything else is a place to post to, and so is an in-memory channel whose sender waits', () => {
    expect(replyOf('http://localhost:9090/channels/default/next', next)).toBe(
      'http://localhost:9090/channels/default/next',
    );
    const memory = stored('InMemoryChannel', 'm', { status: url('InMemoryChannel', 'm') });
    const address = 'http://localhost:8080/channels/default/m';
    expect(replyOf(address, memory)).toBe(address);
  });
});
