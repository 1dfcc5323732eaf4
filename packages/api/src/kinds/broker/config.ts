/**
 * config-br-defaults: class, configuration and delivery of Brokers that name none.
 *
 * Source: reference sections 1.2 and 7.5. Differences: all fields of a default delivery count (design section 7), and a
 * Broker that has `spec.config` gets the delivery of its class, not that of the cluster.
 */
import type { DeliverySpec, KReference } from '../../delivery/index.ts';
import { parseDeliverySpec } from '../../delivery/index.ts';
import { fieldsOf, isFields } from '../shared/objects.ts';
import { readScopedDefaults } from '../shared/scoped-defaults.ts';

export const brokerDefaultsConfigMap = 'config-br-defaults';
export const brokerDefaultsKey = 'default-br-config';

/** The class of Brokers that run on this installation's own log. */
export const millraceBrokerClass = 'Millrace';

/** What Brokers of one class get. */
export interface BrokerClassDefaults {
  readonly config?: KReference;
  readonly delivery?: DeliverySpec;
}

/** Defaults of the cluster or of a namespace: those of its default class, and those of further classes. */
export interface BrokerScopeDefaults extends BrokerClassDefaults {
  readonly brokerClass?: string;
  readonly brokerClasses: Readonly<Record<string, BrokerClassDefaults>>;
  /** Refuse a `spec.config` in a namespace other than the Broker's. */
  readonly disallowDifferentNamespaceConfig: boolean;
}

export interface BrokerDefaults {
  readonly cluster: BrokerScopeDefaults;
  readonly namespaces: Readonly<Record<string, BrokerScopeDefaults>>;
}

/** What holds without a ConfigMap: our class, and the delivery Knative ships (ten retries, exponential from 0.2 s). */
export const shippedBrokerDefaults: BrokerDefaults = {
  cluster: {
    brokerClass: millraceBrokerClass,
    delivery: { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' },
    brokerClasses: {},
    disallowDifferentNamespaceConfig: false,
  },
  namespaces: {},
};

export type BrokerDefaultsResult =
  | { readonly kind: 'ok'; readonly defaults: BrokerDefaults }
  | { readonly kind: 'error'; readonly message: string };

/** Collects what is wrong while the parts are read. */
interface Reader {
  readonly problems: string[];
}

function readClass(value: unknown, at: string, reader: Reader): BrokerClassDefaults {
  const fields = fieldsOf(value);
  const delivery = fields['delivery'];
  if (delivery !== undefined && !isFields(delivery)) reader.problems.push(`${at}.delivery must be an object`);
  const spec = isFields(delivery) ? (delivery as DeliverySpec) : undefined;
  const parsed = parseDeliverySpec(spec);
  if (parsed.kind === 'error') {
    reader.problems.push(...parsed.problems.map(({ field, expected }) => `${at}.delivery.${field}: ${expected}`));
  }
  const { apiVersion, kind, name, namespace } = fields;
  const named = typeof apiVersion === 'string' && typeof kind === 'string' && typeof name === 'string';
  return {
    ...(named ? { config: { apiVersion, kind, name, ...(typeof namespace === 'string' ? { namespace } : {}) } } : {}),
    ...(spec === undefined ? {} : { delivery: spec }),
  };
}

function readScope(value: unknown, at: string, reader: Reader): BrokerScopeDefaults {
  if (value !== undefined && !isFields(value)) reader.problems.push(`${at} must be an object`);
  const fields = fieldsOf(value);
  const brokerClass = fields['brokerClass'];
  const classes = Object.entries(fieldsOf(fields['brokerClasses']));
  return {
    ...readClass(fields, at, reader),
    ...(typeof brokerClass === 'string' && brokerClass !== '' ? { brokerClass } : {}),
    brokerClasses: Object.fromEntries(
      classes.map(([name, entry]) => [name, readClass(entry, `${at}.brokerClasses.${name}`, reader)]),
    ),
    disallowDifferentNamespaceConfig: fields['disallowDifferentNamespaceConfig'] === true,
  };
}

/**
 * Reads a ConfigMap `config-br-defaults`.
 *
 * @param data the ConfigMap's `data`.
 * @param parseYaml reads YAML text to plain values; it may throw for malformed text.
 * @returns the defaults, or an error that names the key and the fields.
 */
export function parseBrokerDefaults(
  data: Readonly<Record<string, string>> | undefined,
  parseYaml: (text: string) => unknown,
): BrokerDefaultsResult {
  const found = readScopedDefaults(brokerDefaultsConfigMap, brokerDefaultsKey, data, parseYaml);
  if (found.kind === 'error') return found;
  const { at } = found;
  const reader: Reader = { problems: [] };
  const cluster = readScope(found.cluster, 'clusterDefault', reader);
  const namespaces = Object.fromEntries(
    found.namespaces.map(([name, scope]) => [name, readScope(scope, `namespaceDefaults.${name}`, reader)]),
  );
  if (reader.problems.length > 0) return { kind: 'error', message: `${at}: ${reader.problems.join('; ')}` };
  return { kind: 'ok', defaults: { cluster, namespaces } };
}

function scopeOf(defaults: BrokerDefaults, namespace: string): BrokerScopeDefaults | undefined {
  return Object.hasOwn(defaults.namespaces, namespace) ? defaults.namespaces[namespace] : undefined;
}

/** The class of a Broker that names none: the namespace's, else the cluster's, else ours. */
export function defaultBrokerClass(defaults: BrokerDefaults, namespace: string): string {
  return scopeOf(defaults, namespace)?.brokerClass ?? defaults.cluster.brokerClass ?? millraceBrokerClass;
}

function hasOwnDefaults(scope: BrokerClassDefaults): boolean {
  return scope.config !== undefined || scope.delivery !== undefined;
}

/**
 * Defaults of a class in a namespace: the namespace's entry (its default class, then its further classes), then the
 * cluster's entry for the class, then the cluster's default.
 */
export function brokerClassDefaults(
  defaults: BrokerDefaults,
  namespace: string,
  brokerClass: string,
): BrokerClassDefaults {
  const scope = scopeOf(defaults, namespace);
  if (scope !== undefined) {
    if (scope.brokerClass === brokerClass && hasOwnDefaults(scope)) return scope;
    const further = Object.hasOwn(scope.brokerClasses, brokerClass) ? scope.brokerClasses[brokerClass] : undefined;
    if (scope.brokerClass !== brokerClass && further !== undefined) return further;
  }
  const { cluster } = defaults;
  if (cluster.brokerClass === brokerClass) return cluster;
  const further = Object.hasOwn(cluster.brokerClasses, brokerClass) ? cluster.brokerClasses[brokerClass] : undefined;
  return further ?? cluster;
}

/** Whether a Broker's `spec.config` must be in its own namespace. */
export function refusesForeignConfig(defaults: BrokerDefaults, namespace: string): boolean {
  return (
    (scopeOf(defaults, namespace)?.disallowDifferentNamespaceConfig ?? false) ||
    defaults.cluster.disallowDifferentNamespaceConfig
  );
}
