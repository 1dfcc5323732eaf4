/** Broker: reference 1.2, and config-br-defaults of 7.5. */
import { describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import {
  type BrokerDefaults,
  defaultKindContext,
  type KindContext,
  parseBrokerDefaults,
} from '../../src/kinds/index.ts';
import { admitted, broker, changeRefusal, definitionOf, firstLine, refusal } from './support.ts';

const CLASS = 'eventing.knative.dev/broker.class';
const config = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c' };

function defaultsOf(yaml: string): BrokerDefaults {
  const parsed = parseBrokerDefaults({ 'default-br-config': yaml }, parseYaml);
  if (parsed.kind === 'error') throw new Error(parsed.message);
  return parsed.defaults;
}

function contextOf(yaml: string): KindContext {
  return { ...defaultKindContext, brokerDefaults: defaultsOf(yaml) };
}

describe('1.2: defaults', () => {
  it('as shipped: our class, delivery retry 10, exponential, PT0.2S', () => {
    const stored = admitted(broker());
    expect(stored.metadata.annotations).toEqual({ [CLASS]: 'Millrace' });
    expect(stored.spec).toEqual({ delivery: { retry: 10, backoffPolicy: 'exponential', backoffDelay: 'PT0.2S' } });
  });

  it('a class, a delivery and other annotations that are there stay', () => {
    const given = broker({
      annotations: { [CLASS]: 'MTChannelBasedBroker', a: 'b' },
      spec: { config, delivery: { retry: 1 } },
    });
    const stored = admitted(given);
    expect(stored.metadata.annotations).toEqual({ [CLASS]: 'MTChannelBasedBroker', a: 'b' });
    expect(stored.spec).toEqual({ config: { ...config, namespace: 'default' }, delivery: { retry: 1 } });
  });

  it('"namespace defaulted to the Broker\'s when empty", in the dead letter sink too', () => {
    const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
    const stored = admitted(broker({ namespace: 'n', spec: { config, delivery: { deadLetterSink: { ref } } } }));
    expect(stored.spec).toMatchObject({
      config: { namespace: 'n' },
      delivery: { deadLetterSink: { ref: { namespace: 'n' } } },
    });
  });

  it('defaulting twice is defaulting once, and nothing is changed in place', () => {
    const given = broker({ spec: { config } });
    const copy = structuredClone(given);
    const once = admitted(given);
    expect(admitted(once)).toEqual(once);
    expect(given).toEqual(copy);
  });
});

describe('1.2: "namespace entry → cluster brokerClasses[class] → cluster default"', () => {
  const context = contextOf(`
    clusterDefault:
      brokerClass: Cluster
      apiVersion: v1
      kind: ConfigMap
      name: cluster-config
      namespace: system
      delivery: { retry: 1, timeout: PT3S }
      brokerClasses:
        Other: { apiVersion: v1, kind: ConfigMap, name: other-config, delivery: { retry: 2 } }
    namespaceDefaults:
      special:
        brokerClass: Special
        apiVersion: v1
        kind: ConfigMap
        name: special-config
        delivery: { retry: 3 }
        brokerClasses:
          Other: { delivery: { retry: 4 } }
      bare:
        brokerClass: Cluster
  `);

  it.each([
    ['default', undefined, 'Cluster', 'cluster-config', 1],
    ['default', 'Cluster', 'Cluster', 'cluster-config', 1],
    ['default', 'Other', 'Other', 'other-config', 2],
    ['default', 'Unheard', 'Unheard', 'cluster-config', 1],
    ['special', undefined, 'Special', 'special-config', 3],
    ['special', 'Other', 'Other', undefined, 4],
    ['special', 'Cluster', 'Cluster', 'cluster-config', 1],
    ['bare', undefined, 'Cluster', 'cluster-config', 1],
  ])('in namespace %s, class %s: %s, %s, retry %s', (namespace, named, brokerClass, configName, retry) => {
    const annotations = named === undefined ? {} : { [CLASS]: named };
    const stored = admitted(broker({ namespace, annotations }), context);
    const spec = stored.spec as { config?: { name: string }; delivery: { retry: number } };
    expect([stored.metadata.annotations?.[CLASS], spec.config?.name, spec.delivery.retry]).toEqual([
      brokerClass,
      configName,
      retry,
    ]);
  });

  it('a Broker that has spec.config gets the delivery of its class (Knative takes the kind for a class)', () => {
    const stored = admitted(broker({ annotations: { [CLASS]: 'Other' }, spec: { config } }), context);
    expect(stored.spec).toMatchObject({ config: { name: 'c' }, delivery: { retry: 2 } });
  });

  it('every field of a default delivery counts (design 7), timeout too', () => {
    expect(admitted(broker(), context).spec).toMatchObject({ delivery: { timeout: 'PT3S' } });
  });

  it('"cross-namespace may be refused by disallowDifferentNamespaceConfig"', () => {
    const strict = contextOf('clusterDefault: { brokerClass: X, disallowDifferentNamespaceConfig: true }');
    const foreign = broker({ spec: { config: { ...config, namespace: 'b' } } });
    expect(refusal(foreign)).toBe('');
    expect(refusal(foreign, strict)).toBe(
      'mismatched namespaces: spec.config.namespace\nparent namespace: "default" does not match ref: "b"',
    );
  });

  it.each([
    [undefined, 'missing or empty'],
    [{}, 'missing or empty'],
    [{ 'default-br-config': '[' }, 'default-br-config: '],
    [{ 'default-br-config': 'text' }, 'expected clusterDefault'],
    [{ 'default-br-config': 'clusterDefault: 5' }, 'clusterDefault must be an object'],
    [{ 'default-br-config': 'clusterDefault: { delivery: { timeout: 5s } }' }, 'clusterDefault.delivery.timeout'],
  ])('a ConfigMap that cannot be read is an error that names the key: %j', (data, text) => {
    const parsed = parseBrokerDefaults(data as Record<string, string> | undefined, parseYaml);
    expect(parsed).toMatchObject({ kind: 'error', message: expect.stringContaining(text) });
    expect(parsed).toMatchObject({ message: expect.stringContaining('config-br-defaults') });
  });
});

describe('1.2: rules', () => {
  it('"required after defaulting: missing field(s): eventing.knative.dev/broker.class"', () => {
    const errors = definitionOf(broker()).validate(broker(), defaultKindContext);
    expect(errors).toMatchObject([{ message: 'missing field(s)', paths: [CLASS] }]);
  });

  it('spec.config is a reference', () => {
    const text = 'missing field(s): spec.config.apiVersion, spec.config.kind';
    expect(refusal(broker({ spec: { config: { name: 'c' } } }))).toBe(text);
  });

  it('an unknown field of spec is refused with the nearest name', () => {
    expect(refusal(broker({ spec: { delivry: {} } }))).toBe('unknown field; did you mean "delivery"?: spec.delivry');
  });

  it('a retention that cannot be read is refused', () => {
    const text = firstLine(refusal(broker({ annotations: { 'millrace.dev/retention': '7d' } })));
    expect(text).toBe('invalid value: 7d: metadata.annotations[millrace.dev/retention]');
  });
});

describe('1.2: immutability', () => {
  it('"Any spec change other than delivery → immutable error"', () => {
    const before = broker({ spec: { config } });
    const after = broker({ spec: { config: { ...config, name: 'd' } } });
    expect(changeRefusal(before, after)).toBe(
      'Immutable fields changed (-old +new): spec\nspec.config.name:\n\t-: "c"\n\t+: "d"',
    );
  });

  it('annotations variant: the class is immutable', () => {
    const before = broker({ annotations: { [CLASS]: 'A' } });
    const after = broker({ annotations: { [CLASS]: 'B' } });
    expect(changeRefusal(before, after)).toBe(
      `Immutable annotations changed (-old +new): annotations\n${CLASS}:\n\t-: "A"\n\t+: "B"`,
    );
  });

  it('"spec.delivery: mutable", and so are other annotations', () => {
    const before = broker({ spec: { config, delivery: { retry: 1 } } });
    const after = broker({
      annotations: { 'millrace.dev/retention': 'P1D' },
      spec: { config, delivery: { retry: 2 } },
    });
    expect(changeRefusal(before, after)).toBe('');
  });
});
