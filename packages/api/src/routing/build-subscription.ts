/**
 * What routes of Triggers, Subscriptions and sources share: addresses, position and flow control, delivery.
 */
import {
  type DeliveryLayer,
  type DeliveryPolicy,
  type DeliveryResult,
  type DeliverySpec,
  defaultDeliveryPolicy,
  mergeDelivery,
  parseDeliverySpec,
  type Target,
} from '../delivery/index.ts';
import {
  type AnnotationResult,
  deliveryOrderAnnotation,
  maxInFlightAnnotation,
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
} from '../kinds/annotations.ts';
import { isFields } from '../kinds/shared/objects.ts';
import type { Resource } from '../resource.ts';
import type { DeliveryOrder, LogRoute, StartPosition, SubscriptionRoute } from './table.ts';

/** How long a log keeps an event: a week, so that what broke on a Friday can be replayed on Monday. */
export const retentionMsDefault = 7 * 24 * 3_600_000;

/** How much a log keeps: a gigabyte, so that a laptop with a few Brokers has room for them. */
export const retentionBytesDefault = 2 ** 30;

/**
 * Deliveries a Trigger or a Subscription has under way at once. With 64 a subscriber that takes 10 ms still gets 6,400
 * events a second, while a hanging one holds 64 sockets, not all there are.
 */
export const maxInFlightDefault = 64;

const latest: StartPosition = { kind: 'latest' };

/** By code units: the same on every machine, whatever its locale. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

interface Placed {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export function byPlace(a: Placed, b: Placed): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name) || compareText(a.uid, b.uid);
}

/** Where something is reached, out of a status; undefined while it is not known. */
export function targetOf(url: unknown, caCerts: unknown, audience: unknown): Target | undefined {
  if (typeof url !== 'string' || url === '') return undefined;
  return {
    url,
    ...(typeof caCerts === 'string' && caCerts !== '' ? { caCerts } : {}),
    ...(typeof audience === 'string' && audience !== '' ? { audience } : {}),
  };
}

/** The dead letter sink an object publishes in its status. */
export function deadLetterSinkOf(status: unknown): Target | undefined {
  if (!isFields(status)) return undefined;
  return targetOf(status['deadLetterSinkUri'], status['deadLetterSinkCACerts'], status['deadLetterSinkAudience']);
}

/** Position and flow control of a subscription: what its annotations say, else the defaults of its kind. */
export interface SubscriptionSettings {
  readonly start: StartPosition;
  readonly paused: boolean;
  readonly order: DeliveryOrder;
  readonly maxInFlight: number;
  readonly ratePerSecond: number | undefined;
  /** False when an annotation cannot be read: then the others have their defaults, and nothing may be delivered. */
  readonly readable: boolean;
}

export interface SettingsDefaults {
  readonly start?: StartPosition;
  readonly order?: DeliveryOrder;
  readonly maxInFlight?: number;
}

export function settingsOf(
  { metadata }: Pick<Resource, 'metadata'>,
  defaults: SettingsDefaults = {},
): SubscriptionSettings {
  const annotations = metadata.annotations ?? {};
  let readable = true;
  const read = <T>(name: string, parse: (value: string) => AnnotationResult<T>, fallback: T): T => {
    const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    if (value === undefined) return fallback;
    const result = parse(value);
    if (result.kind === 'ok') return result.value;
    readable = false;
    return fallback;
  };
  const start = read<StartPosition>(startAnnotation, parseStart, defaults.start ?? latest);
  const paused = read(pausedAnnotation, parsePaused, false);
  const order = read<DeliveryOrder>(deliveryOrderAnnotation, parseDeliveryOrder, defaults.order ?? 'unordered');
  const maxInFlight = read(maxInFlightAnnotation, parseMaxInFlight, defaults.maxInFlight ?? maxInFlightDefault);
  const ratePerSecond = read<number | undefined>(rateLimitAnnotation, parseRateLimit, undefined);
  return { start, paused, order, maxInFlight, ratePerSecond, readable };
}

/** The fields of a route that settings decide. */
export function routeSettings(
  settings: SubscriptionSettings,
): Pick<SubscriptionRoute, 'order' | 'start' | 'paused' | 'maxInFlight' | 'ratePerSecond'> {
  const { order, start, paused, maxInFlight, ratePerSecond } = settings;
  return { order, start, paused, maxInFlight, ...(ratePerSecond === undefined ? {} : { ratePerSecond }) };
}

/** Delivery of a subscription. `policy` is undefined when it cannot be read: then nothing may be delivered. */
export interface RouteDelivery {
  readonly policy: DeliveryPolicy | undefined;
  readonly deadLetterSink: Target | undefined;
}

/** The subscription's own delivery, else that of the Broker or channel it is on (reference section 4.4). */
export function deliveryOf(own: DeliveryLayer, log: DeliveryLayer): RouteDelivery {
  const merged = mergeDelivery(own, log);
  const spec: unknown = merged.spec ?? undefined;
  const parsed = spec === undefined || isFields(spec) ? policyOf(spec) : undefined;
  return { policy: parsed?.kind === 'ok' ? parsed.policy : undefined, deadLetterSink: merged.deadLetterSink };
}

/** The one policy of a spec that many have: ten thousand routes need not hold ten thousand of it. */
const policies = new WeakMap<object, DeliveryResult>();

function policyOf(spec: DeliverySpec | undefined): DeliveryResult {
  if (spec === undefined || !Object.isFrozen(spec)) return parseDeliverySpec(spec);
  const known = policies.get(spec) ?? parseDeliverySpec(spec);
  policies.set(spec, known);
  return known;
}

/** The fields of a route that delivery decides. */
export function routeDelivery({
  policy,
  deadLetterSink,
}: RouteDelivery): Pick<SubscriptionRoute, 'delivery' | 'deadLetterSink'> {
  return { delivery: policy ?? defaultDeliveryPolicy, ...(deadLetterSink === undefined ? {} : { deadLetterSink }) };
}

/** Retention by annotation, else by default; one that cannot be read keeps the default, which keeps more. */
export function retentionOf(
  { metadata }: Resource,
  defaults: Partial<LogRoute['retention']> = {},
): LogRoute['retention'] {
  const annotations = metadata.annotations ?? {};
  const read = (name: string, parse: (value: string) => AnnotationResult<number>, fallback: number): number => {
    const value = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
    const result = value === undefined ? undefined : parse(value);
    return result?.kind === 'ok' ? result.value : fallback;
  };
  return {
    ageMs: read(retentionAnnotation, parseRetention, defaults.ageMs ?? retentionMsDefault),
    bytes: read(retentionBytesAnnotation, parseRetentionBytes, defaults.bytes ?? retentionBytesDefault),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || /^127(?:\.\d{1,3}){3}$/.test(host) || host === '[::1]';
}

/** URLs an object publishes as its addresses. */
export function publishedUrls({ status }: Resource): readonly URL[] {
  const { address, addresses } = status ?? {};
  const urls = [address?.url, ...(addresses ?? []).map((entry) => entry.url)];
  return urls.flatMap((url) => (url !== undefined && URL.canParse(url) ? [new URL(url)] : []));
}

/** Host names of a log: the usual ones, and those of its published addresses, sorted. */
export function hostsOf(resource: Resource, usual: readonly string[]): readonly string[] {
  const published = publishedUrls(resource).map(({ hostname }) => hostname);
  const hosts = [...usual, ...published.filter((host) => host !== '' && !isLoopback(host))];
  return [...new Set(hosts)].sort(compareText);
}
