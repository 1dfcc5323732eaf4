/** The routing table: "one pure function from resources to what the data plane needs" (issue, section 2). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defaultDeliveryPolicy } from '../../src/delivery/index.ts';
import { admit, defaultKindContext } from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import {
  buildRoutingTable,
  equalTables,
  maxInFlightDefault,
  type RoutingOptions,
  retentionBytesDefault,
  retentionMsDefault,
  type SubscriptionRoute,
} from '../../src/routing/index.ts';

const CLASS = 'eventing.knative.dev/broker.class';

interface Parts {
  readonly metadata?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
  readonly spec?: Record<string, unknown>;
  readonly status?: Record<string, unknown>;
}

/** As a store holds it: uid and generation are set. */
function stored(
  kind: string,
  name: string,
  namespace: string,
  { metadata, annotations, spec, status }: Parts,
): Resource {
  return {
    apiVersion: 'eventing.knative.dev/v1',
    kind,
    metadata: { name, namespace, uid: `${kind}-${namespace}-${name}`, generation: 1, annotations, ...metadata },
    ...(spec && { spec }),
    ...(status && { status }),
  } as unknown as Resource;
}

function broker(name: string, { annotations, ...parts }: Parts = {}, namespace = 'default'): Resource {
  return stored('Broker', name, namespace, { ...parts, annotations: { [CLASS]: 'Millrace', ...annotations } });
}

function trigger(name: string, { spec, status, ...parts }: Parts = {}, namespace = 'default'): Resource {
  return stored('Trigger', name, namespace, {
    ...parts,
    spec: { broker: 'b', filter: {}, subscriber: { uri: 'http://s/' }, ...spec },
    status: { subscriberUri: 'http://s/', ...status },
  });
}

/** The route of the only Trigger of the only Broker. */
function routeOf(resources: readonly Resource[], options?: RoutingOptions): SubscriptionRoute {
  const routes = buildRoutingTable(resources, options).logs.flatMap(({ subscriptions }) => subscriptions);
  expect(routes).toHaveLength(1);
  return routes[0]!;
}

describe('the log of a Broker', () => {
  it('its path, hosts and retention, with "default 7 days, 1 GiB a broker"', () => {
    expect(buildRoutingTable([broker('b')]).logs).toEqual([
      {
        uid: 'Broker-default-b',
        kind: 'Broker',
        namespace: 'default',
        name: 'b',
        path: '/default/b',
        hosts: ['broker-ingress.knative-eventing.svc.cluster.local'],
        retention: { ageMs: retentionMsDefault, bytes: retentionBytesDefault },
        subscriptions: [],
      },
    ]);
    expect([retentionMsDefault, retentionBytesDefault]).toEqual([7 * 86_400_000, 2 ** 30]);
  });

  it('retention by annotation; one that cannot be read keeps the default, which keeps more', () => {
    const annotations = { 'millrace.dev/retention': 'PT1H', 'millrace.dev/retention-bytes': '10Mi' };
    expect(buildRoutingTable([broker('b', { annotations })]).logs[0]?.retention).toEqual({
      ageMs: 3_600_000,
      bytes: 10 * 2 ** 20,
    });
    const unreadable = broker('b', { annotations: { 'millrace.dev/retention': 'soon' } });
    expect(buildRoutingTable([unreadable]).logs[0]?.retention.ageMs).toBe(retentionMsDefault);
  });

  it('the host of a published address is one of its hosts, loopback apart', () => {
    const at = (url: string) => broker('b', { status: { address: { url } } });
    const hosts = (url: string) => buildRoutingTable([at(url)], { ingressHosts: ['in'] }).logs[0]?.hosts;
    expect(hosts('https://events.example.com/default/b')).toEqual(['events.example.com', 'in']);
    expect(hosts('http://localhost:8080/default/b')).toEqual(['in']);
    expect(hosts('http://127.0.0.1:8080/default/b')).toEqual(['in']);
    expect(hosts('not a url')).toEqual(['in']);
  });

  it('"only Brokers of classes we run": an option lists them', () => {
    const all = ['Millrace', 'MTChannelBasedBroker', 'Kafka', 'Foreign'].map((brokerClass) =>
      broker(brokerClass.toLowerCase(), { annotations: { [CLASS]: brokerClass } }),
    );
    const names = (options?: RoutingOptions) => buildRoutingTable(all, options).logs.map(({ name }) => name);
    // Without servers it cannot be said where the events of class Kafka live.
    expect(names()).toEqual(['millrace', 'mtchannelbasedbroker']);
    const installationLog = { kind: 'kafka', cluster: { servers: ['k:9092'] } } as const;
    expect(names({ installationLog })).toEqual(['kafka', 'millrace', 'mtchannelbasedbroker']);
    expect(names({ installationLog, brokerClasses: ['Kafka'] })).toEqual(['kafka']);
  });

  it('objects that are being deleted, and objects that were never stored, are left out', () => {
    const deleted = { deletionTimestamp: '2026-01-01T00:00:00Z' };
    expect(buildRoutingTable([broker('b', { metadata: deleted })]).logs).toEqual([]);
    expect(buildRoutingTable([broker('b', { metadata: { uid: undefined } })]).logs).toEqual([]);
    expect(buildRoutingTable([broker('b'), trigger('t', { metadata: deleted })]).logs[0]?.subscriptions).toEqual([]);
  });
});

describe('the subscription of a Trigger', () => {
  it('with nothing but a subscriber', () => {
    expect(routeOf([broker('b'), trigger('t')])).toEqual({
      uid: 'Trigger-default-t',
      kind: 'Trigger',
      namespace: 'default',
      name: 't',
      revision: 1,
      filter: {},
      subscriber: { url: 'http://s/' },
      replyLogUid: 'Broker-default-b',
      delivery: defaultDeliveryPolicy,
      order: 'unordered',
      start: { kind: 'latest' },
      paused: false,
      maxInFlight: maxInFlightDefault,
    });
  });

  it('the annotations of design 4', () => {
    const annotations = {
      'millrace.dev/start': 'earliest',
      'millrace.dev/paused': 'true',
      'millrace.dev/max-in-flight': '5',
      'millrace.dev/rate-limit': '2.5/s',
      'kafka.eventing.knative.dev/delivery.order': 'ordered',
    };
    expect(routeOf([broker('b'), trigger('t', { annotations })])).toMatchObject({
      start: { kind: 'earliest' },
      paused: true,
      maxInFlight: 5,
      ratePerSecond: 2.5,
      order: 'ordered',
    });
  });

  it('certificates and audience go along', () => {
    const status = { subscriberUri: 'https://s/', subscriberCACerts: 'PEM', subscriberAudience: 'me' };
    expect(routeOf([broker('b'), trigger('t', { status })]).subscriber).toEqual({
      url: 'https://s/',
      caCerts: 'PEM',
      audience: 'me',
    });
  });

  it('"filters decides alone when it is there and not empty, else attributes, else all pass"', () => {
    const filters = [{ exact: { type: 't' } }];
    const attributes = { type: 'u' };
    const filterOf = (spec: Record<string, unknown>) => routeOf([broker('b'), trigger('t', { spec })]).filter;
    expect(filterOf({ filters, filter: { attributes } })).toEqual({ filters });
    expect(filterOf({ filters: [], filter: { attributes } })).toEqual({ attributes });
    expect(filterOf({ filters: [], filter: { attributes: {} } })).toEqual({});
  });

  it('R3: without a resolved subscriber it is in the table, and its events wait', () => {
    const route = routeOf([broker('b'), trigger('t', { status: { subscriberUri: undefined } })]);
    expect(route).not.toHaveProperty('subscriber');
  });

  it.each([
    [{ annotations: { 'millrace.dev/start': 'whenever' } }],
    [{ annotations: { 'millrace.dev/paused': 'perhaps' } }],
    [{ spec: { delivery: { timeout: '5 minutes' } } }],
    [{ spec: { delivery: 'often' } }],
    [{ spec: { filters: [{ exact: { type: 't' }, prefix: { type: 't' } }] } }],
    [{ spec: { filters: [{ cesql: 'type =' }] } }],
    [{ spec: { filters: { exact: { type: 't' } } } }],
    [{ spec: { filter: 'type=t' } }],
    [{ spec: { filter: { attributes: ['t'] } } }],
  ])('R3: what cannot be read is not guessed: nothing is delivered, nothing is skipped: %j', (parts) => {
    expect(routeOf([broker('b'), trigger('t', parts)])).not.toHaveProperty('subscriber');
  });

  it('R3: of a filter that cannot be read every event waits: none counts as filtered out', () => {
    const spec = { filters: [{ cesql: 'type =' }] };
    expect(routeOf([broker('b'), trigger('t', { spec })]).filter).toEqual({});
  });

  it.each([
    [{ spec: { filters: null, filter: null, brokerRef: null, delivery: null } }],
    [{ metadata: { annotations: null } }],
  ])('null is absent, as in Kubernetes: %j', (parts) => {
    expect(routeOf([broker('b', { status: { addresses: null } }), trigger('t', parts)])).toHaveProperty('subscriber');
  });

  it('a Trigger whose spec is no object is in no log, and does not keep the others out', () => {
    const broken = { ...trigger('x'), spec: null } as unknown as Resource;
    expect(routeOf([broker('b'), broken, trigger('t')]).name).toBe('t');
  });

  it('brokerRef, in another namespace too', () => {
    const spec = { broker: undefined, brokerRef: { name: 'b', namespace: 'other' } };
    const table = buildRoutingTable([broker('b', {}, 'other'), broker('b'), trigger('t', { spec })]);
    expect(table.logs.map(({ namespace, subscriptions }) => [namespace, subscriptions.length])).toEqual([
      ['default', 0],
      ['other', 1],
    ]);
  });

  it('a Trigger whose Broker is not there, or not ours, is in no log', () => {
    const foreign = broker('b', { annotations: { [CLASS]: 'Foreign' } });
    expect(buildRoutingTable([trigger('t')]).logs).toEqual([]);
    expect(buildRoutingTable([foreign, trigger('t')]).logs).toEqual([]);
  });
});

describe('4.4: delivery and dead letter sink', () => {
  const sink = { uri: 'http://dls/' };
  const brokerSink = { deadLetterSinkUri: 'http://broker-dls/' };
  const withSink = broker('b', { spec: { delivery: { retry: 7, deadLetterSink: sink } }, status: brokerSink });

  it("without delivery of its own: the Broker's, dead letter sink included", () => {
    expect(routeOf([withSink, trigger('t')])).toMatchObject({
      delivery: { retryMax: 7 },
      deadLetterSink: { url: 'http://broker-dls/' },
    });
  });

  it('with its own: replaced, but "an unset DLS still falls back to the Broker\'s"', () => {
    expect(routeOf([withSink, trigger('t', { spec: { delivery: { timeout: 'PT1S' } } })])).toMatchObject({
      delivery: { retryMax: 0, timeoutMs: 1_000 },
      deadLetterSink: { url: 'http://broker-dls/' },
    });
  });

  it('its own dead letter sink wins; unresolved, it is not replaced by another', () => {
    const spec = { delivery: { deadLetterSink: sink } };
    const resolved = trigger('t', { spec, status: { deadLetterSinkUri: 'http://dls/' } });
    expect(routeOf([withSink, resolved]).deadLetterSink).toEqual({ url: 'http://dls/' });
    expect(routeOf([withSink, trigger('t', { spec })])).not.toHaveProperty('deadLetterSink');
  });

  it('what admission stores for a bare Broker is what its Triggers get: ten retries, exponential, 0.2 s', () => {
    const admitted = admit(
      { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', metadata: { name: 'b', uid: 'u' } },
      defaultKindContext,
    );
    const resources = admitted.kind === 'ok' ? [admitted.resource, trigger('t')] : [];
    expect(routeOf(resources).delivery).toMatchObject({
      retryMax: 10,
      backoffPolicy: 'exponential',
      backoffDelayMs: 200,
    });
  });
});

describe('R2: "the same resources in any order give an equal table"', () => {
  const names = fc.constantFrom('a', 'b', 'c', 'd');
  const namespaces = fc.constantFrom('n1', 'n2');
  const brokers = fc.record({
    name: names,
    namespace: namespaces,
    brokerClass: fc.constantFrom('Millrace', 'Foreign'),
  });
  const triggers = fc.record({
    name: fc.constantFrom('t1', 't2', 't3', 't4', 't5'),
    namespace: namespaces,
    broker: names,
    elsewhere: fc.option(namespaces),
    start: fc.constantFrom('latest', 'earliest', 'nonsense'),
    subscriberUri: fc.option(fc.constant('http://s/'), { nil: undefined }),
  });
  const place = ({ name, namespace }: { name: string; namespace: string }): string => `${namespace}/${name}`;
  const world = fc.record({
    brokers: fc.uniqueArray(brokers, { selector: place, maxLength: 8 }),
    triggers: fc.uniqueArray(triggers, { selector: place, maxLength: 10 }),
  });
  const resources = world.map((made): Resource[] => [
    ...made.brokers.map(({ name, namespace, brokerClass }) =>
      broker(name, { annotations: { [CLASS]: brokerClass } }, namespace),
    ),
    ...made.triggers.map(({ name, namespace, broker: wanted, elsewhere, start, subscriberUri }) => {
      const brokerRef =
        elsewhere === null ? {} : { broker: undefined, brokerRef: { name: wanted, namespace: elsewhere } };
      const parts = { annotations: { 'millrace.dev/start': start }, status: { subscriberUri } };
      return trigger(name, { ...parts, spec: { broker: wanted, ...brokerRef } }, namespace);
    }),
  ]);
  const shuffled = resources.chain((list) =>
    fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
  );

  it('for every set of resources and every order of it', () => {
    let withRoutes = 0;
    fc.assert(
      fc.property(shuffled, ([list, other]) => {
        const before = structuredClone(list);
        const table = buildRoutingTable(list);
        if (table.logs.some(({ subscriptions }) => subscriptions.length > 1)) withRoutes += 1;
        expect(buildRoutingTable(other)).toEqual(table);
        expect(equalTables(buildRoutingTable(other), table)).toBe(true);
        expect(list).toEqual(before);
      }),
      { numRuns: 500 },
    );
    // Orders matter only where a log has several subscriptions: the generator must make such.
    expect(withRoutes).toBeGreaterThan(50);
  });

  it('canary: a builder that keeps the order of its input fails the property', () => {
    const unsorted = (list: readonly Resource[]) =>
      list.flatMap((resource) => buildRoutingTable([resource]).logs.map(({ uid }) => uid));
    const result = fc.check(
      fc.property(shuffled, ([list, other]) => unsorted(list).join() === unsorted(other).join()),
      { numRuns: 500 },
    );
    expect(result.failed).toBe(true);
  });

  it('every Trigger of a Broker in the table is in it once, and no other', () => {
    fc.assert(
      fc.property(resources, (list) => {
        const table = buildRoutingTable(list);
        const uids = table.logs.flatMap(({ subscriptions }) => subscriptions.map(({ uid }) => uid));
        expect(new Set(uids).size).toBe(uids.length);
        for (const log of table.logs) {
          for (const route of log.subscriptions) expect(route.replyLogUid).toBe(log.uid);
        }
      }),
    );
  });
});
