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
import { compileFilter, type TriggerFilter } from '../filter/index.ts';
import {
  type AnnotationResult,
  type Broker,
  brokerClassAnnotation,
  brokerOf,
  deliveryOrderAnnotation,
  isBroker,
  isTrigger,
  maxInFlightAnnotation,
  millraceBrokerClass,
  parseDeliveryOrder,
  parseMaxInFlight,
  parsePaused,
  parseRateLimit,
  parseRetention,
  parseRetentionBytes,
  parseStart,
  pausedAnnotation,
  rateLimitAnnotation,
  retentionAnnotation,
  retentionBytesAnnotation,
  startAnnotation,
  type Trigger,
} from '../kinds/index.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { Resource } from '../resource.ts';
import type { DeliveryOrder, LogRoute, RoutingTable, StartPosition, SubscriptionRoute } from './table.ts';

/** How long a Broker's log keeps an event: a week, so that what broke on a Friday can be replayed on Monday. */
export const retentionMsDefault = 7 * 24 * 3_600_000;

/** How much a Broker's log keeps: a gigabyte, so that a laptop with a few Brokers has room for them. */
export const retentionBytesDefault = 2 ** 30;

/**
 * Deliveries a Trigger has under way at once. With 64 a subscriber that takes 10 ms still gets 6,400 events a second, while
 * a hanging one holds 64 sockets, not all there are.
 */
export const maxInFlightDefault = 64;

/** Where a Broker is reached inside a cluster; the path is the same. */
export const brokerIngressHost = 'broker-ingress.knative-eventing.svc.cluster.local';

/** What a table depends on besides the resources: settings of the installation. */
export interface RoutingOptions {
  /** Classes of Brokers whose events run over this installation's log; others belong to somebody else. */
  readonly brokerClasses?: readonly string[];
  /** Host names under which Brokers are reached besides their own address. */
  readonly ingressHosts?: readonly string[];
}

export const brokerClassesDefault: readonly string[] = [millraceBrokerClass, 'MTChannelBasedBroker'];

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

/**
 * The filters when there are any, else the attributes, else nothing: what decides, and only that. Undefined when it cannot
 * be read.
 */
function filterOf({ filters, filter }: Trigger['spec']): TriggerFilter | undefined {
  // Not trusted to have the shape of its type: see the head of this file.
  const list: unknown = filters ?? [];
  const legacy: unknown = filter ?? {};
  if (!Array.isArray(list) || !isFields(legacy)) return undefined;
  const attributes = (legacy['attributes'] ?? {}) as NonNullable<TriggerFilter['attributes']>;
  if (list.length > 0) return { filters: list };
  return isFields(attributes) && Object.keys(attributes).length === 0 ? {} : { attributes };
}

/** By the spec it is of, which is never changed in place: a table is built for every change of any object. */
const readFilters = new WeakMap<object, TriggerFilter | undefined>();

/** R3. A filter that does not compile would pass nothing, and every event would count as not wanted. */
function readFilter(spec: Trigger['spec']): TriggerFilter | undefined {
  if (readFilters.has(spec)) return readFilters.get(spec);
  const filter = filterOf(spec);
  const readable = filter !== undefined && compileFilter(filter).kind === 'ok' ? filter : undefined;
  readFilters.set(spec, readable);
  return readable;
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
  const start = read<StartPosition>(startAnnotation, parseStart, { kind: 'latest' });
  const paused = read(pausedAnnotation, parsePaused, false);
  const order = read<DeliveryOrder>(deliveryOrderAnnotation, parseDeliveryOrder, 'unordered');
  const maxInFlight = read(maxInFlightAnnotation, parseMaxInFlight, maxInFlightDefault);
  const ratePerSecond = read<number | undefined>(rateLimitAnnotation, parseRateLimit, undefined);
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
  const spec: unknown = merged.spec ?? {};
  const parsed = isFields(spec) ? parseDeliverySpec(spec) : undefined;
  return { policy: parsed?.kind === 'ok' ? parsed.policy : undefined, deadLetterSink: merged.deadLetterSink };
}

function subscriptionRoute(trigger: Trigger, uid: string, broker: Broker, brokerUid: string): SubscriptionRoute {
  const { subscriberUri, subscriberCACerts, subscriberAudience } = trigger.status ?? {};
  const settings = settingsOf(trigger);
  const { policy, deadLetterSink } = deliveryOf(trigger, broker);
  const resolved = targetOf(subscriberUri, subscriberCACerts, subscriberAudience);
  const filter = readFilter(trigger.spec);
  const subscriber = settings.readable && policy !== undefined && filter !== undefined ? resolved : undefined; // R3
  return {
    uid,
    kind: 'Trigger',
    namespace: trigger.metadata.namespace ?? '',
    name: trigger.metadata.name,
    revision: trigger.metadata.generation ?? 0,
    // Of what cannot be read every event waits.
    filter: filter ?? {},
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
  return host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '[::1]';
}

/** The host names of a Broker: the usual ones, and those of its published addresses. */
function hostsOf(broker: Broker, ingressHosts: readonly string[]): readonly string[] {
  const { address, addresses } = broker.status ?? {};
  const urls = [address?.url, ...(addresses ?? []).map((entry) => entry.url)];
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
    ageMs: read(retentionAnnotation, parseRetention, retentionMsDefault),
    bytes: read(retentionBytesAnnotation, parseRetentionBytes, retentionBytesDefault),
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
  const classes = new Set(options.brokerClasses ?? brokerClassesDefault);
  const triggersByBroker = new Map<string, Trigger[]>();
  const brokers: Broker[] = [];
  for (const resource of resources) {
    if (!isPresent(resource)) continue;
    if (isBroker(resource)) {
      if (classes.has(resource.metadata.annotations?.[brokerClassAnnotation] ?? '')) brokers.push(resource);
    } else if (isTrigger(resource) && isFields(resource.spec)) {
      const { namespace, name } = brokerOf(resource);
      const place = placeOf(namespace, name);
      const others = triggersByBroker.get(place);
      if (others === undefined) triggersByBroker.set(place, [resource]);
      else others.push(resource);
    }
  }
  const ingressHosts = options.ingressHosts ?? [brokerIngressHost];
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
