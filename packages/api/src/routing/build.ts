/**
 * From resources to the routing table.
 *
 * Invariants R1–R3 of the table hold here: a pure function (R2), which looks at nothing but the resources, and which leaves
 * a subscription in the table without a subscriber when it is not known where, how or from where to deliver (R3). That
 * includes a spec or an annotation that cannot be read, which admission refuses but another writer may have stored: its
 * events wait until somebody mends it.
 */
import {
  type DeliveryPolicy,
  defaultDeliveryPolicy,
  mergeDelivery,
  parseDeliverySpec,
  type Target,
} from '../delivery/index.ts';
import type { TriggerFilter } from '../filter/index.ts';
import {
  type AnnotationResult,
  BROKER_CLASS_ANNOTATION,
  type Broker,
  brokerOf,
  DELIVERY_ORDER_ANNOTATION,
  isBroker,
  isTrigger,
  MAX_IN_FLIGHT_ANNOTATION,
  MILLRACE_BROKER_CLASS,
  PAUSED_ANNOTATION,
  parseDeliveryOrder,
  parseMaxInFlight,
  parsePaused,
  parseRateLimit,
  parseRetention,
  parseRetentionBytes,
  parseStart,
  RATE_LIMIT_ANNOTATION,
  RETENTION_ANNOTATION,
  RETENTION_BYTES_ANNOTATION,
  START_ANNOTATION,
  type Trigger,
} from '../kinds/index.ts';
import type { Resource } from '../resource.ts';
import type { DeliveryOrder, LogRoute, RoutingTable, StartPosition, SubscriptionRoute } from './table.ts';

/** How long a Broker's log keeps an event: a week, so that what broke on a Friday can be replayed on Monday. */
export const DEFAULT_RETENTION_MS = 7 * 24 * 3_600_000;

/** How much a Broker's log keeps: a gigabyte, so that a laptop with a few Brokers has room for them. */
export const DEFAULT_RETENTION_BYTES = 2 ** 30;

/**
 * Deliveries a Trigger has under way at once. With 64 a subscriber that takes 10 ms still gets 6,400 events a second, while
 * a hanging one holds 64 sockets, not all there are.
 */
export const DEFAULT_MAX_IN_FLIGHT = 64;

/** Where a Broker is reached inside a cluster; the path is the same. */
export const BROKER_INGRESS_HOST = 'broker-ingress.knative-eventing.svc.cluster.local';

export interface RoutingOptions {
  /** Classes of Brokers whose events run over this installation's log; others belong to somebody else. */
  readonly brokerClasses?: readonly string[];
  /** Host names under which Brokers are reached besides their own address. */
  readonly ingressHosts?: readonly string[];
}

export const DEFAULT_BROKER_CLASSES: readonly string[] = [MILLRACE_BROKER_CLASS, 'MTChannelBasedBroker'];

/** By code units: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function byPlace(
  a: { readonly namespace: string; readonly name: string; readonly uid: string },
  b: { readonly namespace: string; readonly name: string; readonly uid: string },
): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name) || compareText(a.uid, b.uid);
}

function targetOf(url: unknown, caCerts: unknown, audience: unknown): Target | undefined {
  if (typeof url !== 'string' || url === '') return undefined;
  return {
    url,
    ...(typeof caCerts === 'string' && caCerts !== '' ? { caCerts } : {}),
    ...(typeof audience === 'string' && audience !== '' ? { audience } : {}),
  };
}

function deadLetterSinkOf(object: Broker | Trigger): Target | undefined {
  const { deadLetterSinkUri, deadLetterSinkCACerts, deadLetterSinkAudience } = object.status ?? {};
  return targetOf(deadLetterSinkUri, deadLetterSinkCACerts, deadLetterSinkAudience);
}

/** The filters when there are any, else the attributes, else nothing: what decides, and only that. */
function filterOf({ filters, filter }: Trigger['spec']): TriggerFilter {
  if (filters !== undefined && filters.length > 0) return { filters };
  const attributes = filter?.attributes;
  return attributes === undefined || Object.keys(attributes).length === 0 ? {} : { attributes };
}

interface TriggerSettings {
  readonly start: StartPosition;
  readonly paused: boolean;
  readonly order: DeliveryOrder;
  readonly maxInFlight: number;
  readonly ratePerSecond: number | undefined;
  /** False when an annotation cannot be read: then the others have their defaults, and nothing may be delivered. */
  readonly readable: boolean;
}

function settingsOf(trigger: Trigger): TriggerSettings {
  const annotations = trigger.metadata.annotations ?? {};
  let readable = true;
  const read = <T>(name: string, parse: (value: string) => AnnotationResult<T>, fallback: T): T => {
    const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    if (value === undefined) return fallback;
    const result = parse(value);
    if (result.kind === 'ok') return result.value;
    readable = false;
    return fallback;
  };
  const start = read<StartPosition>(START_ANNOTATION, parseStart, { kind: 'latest' });
  const paused = read(PAUSED_ANNOTATION, parsePaused, false);
  const order = read<DeliveryOrder>(DELIVERY_ORDER_ANNOTATION, parseDeliveryOrder, 'unordered');
  const maxInFlight = read(MAX_IN_FLIGHT_ANNOTATION, parseMaxInFlight, DEFAULT_MAX_IN_FLIGHT);
  const ratePerSecond = read<number | undefined>(RATE_LIMIT_ANNOTATION, parseRateLimit, undefined);
  return { start, paused, order, maxInFlight, ratePerSecond, readable };
}

function deliveryOf(
  trigger: Trigger,
  broker: Broker,
): { readonly policy: DeliveryPolicy | undefined; readonly deadLetterSink: Target | undefined } {
  const merged = mergeDelivery(
    { spec: trigger.spec.delivery, deadLetterSink: deadLetterSinkOf(trigger) },
    { spec: broker.spec?.delivery, deadLetterSink: deadLetterSinkOf(broker) },
  );
  const parsed = parseDeliverySpec(merged.spec);
  return { policy: parsed.kind === 'ok' ? parsed.policy : undefined, deadLetterSink: merged.deadLetterSink };
}

function subscriptionRoute(trigger: Trigger, uid: string, broker: Broker, brokerUid: string): SubscriptionRoute {
  const { subscriberUri, subscriberCACerts, subscriberAudience } = trigger.status ?? {};
  const settings = settingsOf(trigger);
  const { policy, deadLetterSink } = deliveryOf(trigger, broker);
  const resolved = targetOf(subscriberUri, subscriberCACerts, subscriberAudience);
  const subscriber = settings.readable && policy !== undefined ? resolved : undefined; // R3
  return {
    uid,
    kind: 'Trigger',
    namespace: trigger.metadata.namespace ?? '',
    name: trigger.metadata.name,
    revision: trigger.metadata.generation ?? 0,
    filter: filterOf(trigger.spec),
    ...(subscriber === undefined ? {} : { subscriber }),
    replyLogUid: brokerUid,
    ...(deadLetterSink === undefined ? {} : { deadLetterSink }),
    delivery: policy ?? defaultDeliveryPolicy,
    order: settings.order,
    start: settings.start,
    paused: settings.paused,
    maxInFlight: settings.maxInFlight,
    ...(settings.ratePerSecond === undefined ? {} : { ratePerSecond: settings.ratePerSecond }),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host.startsWith('127.') || host === '[::1]';
}

/** The host names of a Broker: the usual ones, and those of its published addresses. */
function hostsOf(broker: Broker, ingressHosts: readonly string[]): readonly string[] {
  const { address, addresses = [] } = broker.status ?? {};
  const urls = [address?.url, ...addresses.map((entry) => entry.url)];
  const published = urls.flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url).hostname] : []));
  const hosts = [...ingressHosts, ...published.filter((host) => host !== '' && !isLoopback(host))];
  return [...new Set(hosts)].sort(compareText);
}

function retentionOf(broker: Broker): LogRoute['retention'] {
  const annotations = broker.metadata.annotations ?? {};
  const read = (name: string, parse: (value: string) => AnnotationResult<number>, fallback: number): number => {
    const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    const result = value === undefined ? undefined : parse(value);
    return result?.kind === 'ok' ? result.value : fallback;
  };
  return {
    ageMs: read(RETENTION_ANNOTATION, parseRetention, DEFAULT_RETENTION_MS),
    bytes: read(RETENTION_BYTES_ANNOTATION, parseRetentionBytes, DEFAULT_RETENTION_BYTES),
  };
}

function isPresent(resource: Resource): boolean {
  const { uid = '', deletionTimestamp } = resource.metadata;
  return uid !== '' && deletionTimestamp === undefined;
}

function placeOf(namespace: string, name: string): string {
  return `${namespace}/${name}`;
}

/**
 * Builds the table.
 *
 * @param resources stored objects of any kind, in any order; only Brokers and Triggers count. Objects that are being
 *   deleted, or have no UID because they were never stored, are left out.
 */
export function buildRoutingTable(resources: readonly Resource[], options: RoutingOptions = {}): RoutingTable {
  const classes = new Set(options.brokerClasses ?? DEFAULT_BROKER_CLASSES);
  const triggersByBroker = new Map<string, Trigger[]>();
  const brokers: Broker[] = [];
  for (const resource of resources) {
    if (!isPresent(resource)) continue;
    if (isBroker(resource)) {
      if (classes.has(resource.metadata.annotations?.[BROKER_CLASS_ANNOTATION] ?? '')) brokers.push(resource);
    } else if (isTrigger(resource) && resource.spec !== undefined) {
      const { namespace, name } = brokerOf(resource);
      const place = placeOf(namespace, name);
      const others = triggersByBroker.get(place);
      if (others === undefined) triggersByBroker.set(place, [resource]);
      else others.push(resource);
    }
  }
  const ingressHosts = options.ingressHosts ?? [BROKER_INGRESS_HOST];
  const logs = brokers.map((broker): LogRoute => {
    const { namespace = '', name, uid = '' } = broker.metadata;
    const triggers = triggersByBroker.get(placeOf(namespace, name)) ?? [];
    return {
      uid,
      kind: 'Broker',
      namespace,
      name,
      path: `/${namespace}/${name}`,
      hosts: hostsOf(broker, ingressHosts),
      retention: retentionOf(broker),
      subscriptions: triggers
        .map((trigger) => subscriptionRoute(trigger, trigger.metadata.uid ?? '', broker, uid))
        .sort(byPlace), // R2
    };
  });
  return { logs: logs.sort(byPlace) }; // R2
}
