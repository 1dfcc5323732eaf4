/** Trigger: reference 1.3. */
import { describe, expect, it } from 'vitest';
import { admit, defaultKindContext } from '../../src/kinds/index.ts';
import { admitted, changeRefusal, firstLine, refusal, trigger } from './support.ts';

describe('1.3: defaults', () => {
  it('filter {}, the label of the Broker, the namespace of the subscriber', () => {
    const ref = { apiVersion: 'v1', kind: 'Service', name: 's' };
    const stored = admitted(trigger({ subscriber: { ref } }, { namespace: 'n', labels: { a: 'b' } }));
    expect(stored.metadata.labels).toEqual({ a: 'b', 'eventing.knative.dev/broker': 'default' });
    expect(stored.spec).toEqual({
      broker: 'default',
      filter: {},
      subscriber: { ref: { ...ref, namespace: 'n' } },
    });
  });

  it('brokerRef gets what it cannot be otherwise, and its name is the label', () => {
    const stored = admitted(trigger({ broker: undefined, brokerRef: { name: 'b', namespace: 'other' } }));
    expect(stored.spec).toMatchObject({
      brokerRef: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'b', namespace: 'other' },
    });
    expect(stored.metadata.labels).toEqual({ 'eventing.knative.dev/broker': 'b' });
  });

  it('a name too long for a label is not stamped: it would make the object invalid', () => {
    expect(admitted(trigger({ broker: 'b'.repeat(64) })).metadata).not.toHaveProperty('labels');
  });

  it('a member that is null is absent, as in Kubernetes', () => {
    const stored = admitted(trigger({ filter: null, delivery: null }));
    expect(stored.spec).toMatchObject({ filter: {} });
    expect(stored.spec).not.toHaveProperty('delivery');
  });

  it('an object without namespace gets that of the context', () => {
    const { metadata, ...rest } = trigger();
    const stored = admitted(
      { ...rest, metadata: { name: metadata.name } },
      { ...defaultKindContext, namespace: 'team' },
    );
    expect(stored.metadata.namespace).toBe('team');
  });
});

describe('1.3: "exactly one of broker/brokerRef"', () => {
  it.each([
    [{ broker: undefined }, 'expected exactly one, got neither: spec.broker, spec.brokerRef'],
    [{ broker: '' }, 'expected exactly one, got neither: spec.broker, spec.brokerRef'],
    [{ brokerRef: { name: 'b' } }, 'expected exactly one, got both: spec.broker, spec.brokerRef'],
    [{ broker: undefined, brokerRef: {} }, 'missing field(s): spec.brokerRef.name'],
    [{ broker: undefined, brokerRef: { name: 'b', kind: 'Chanel' } }, 'invalid value: Chanel: spec.brokerRef.kind'],
    [{ broker: undefined, brokerRef: { name: 'b', apiVersion: 'v1' } }, 'invalid value: v1: spec.brokerRef.apiVersion'],
  ])('%j', (spec, text) => {
    expect(firstLine(refusal(trigger(spec)))).toBe(text);
  });
});

describe('1.3: immutability', () => {
  it('"Immutable fields changed (-old +new): broker, spec" + diff, two separate paths', () => {
    const text = changeRefusal(trigger(), trigger({ broker: 'other' }));
    expect(text).toBe('Immutable fields changed (-old +new): broker, spec\nspec.broker:\n\t-: "default"\n\t+: "other"');
  });

  it('ours: a Trigger does not move by brokerRef either, since its cursor is a position on one log', () => {
    const of = (name: string) => trigger({ broker: undefined, brokerRef: { name } });
    expect(firstLine(changeRefusal(of('a'), of('b')))).toBe('Immutable fields changed (-old +new): brokerRef, spec');
  });

  it('"everything except the broker name is mutable"', () => {
    const after = trigger(
      { subscriber: { uri: 'http://other/' }, filters: [{ exact: { type: 't' } }], delivery: { retry: 1 } },
      { annotations: { 'millrace.dev/paused': 'true' } },
    );
    expect(changeRefusal(trigger(), after)).toBe('');
  });
});

describe('1.3: annotation knative.dev/dependency', () => {
  const at = 'metadata.annotations[knative.dev/dependency]';
  const dependency = (value: string) => refusal(trigger({}, { annotations: { 'knative.dev/dependency': value } }));

  it('"must have kind, name, apiVersion"', () => {
    expect(dependency('{}')).toBe(`missing field(s): ${at}.apiVersion, ${at}.kind, ${at}.name`);
  });

  it('"namespace empty or the Trigger\'s"', () => {
    const reference = { kind: 'PingSource', name: 'p', apiVersion: 'sources.knative.dev/v1' };
    expect(dependency(JSON.stringify(reference))).toBe('');
    expect(dependency(JSON.stringify({ ...reference, namespace: 'default' }))).toBe('');
    expect(dependency(JSON.stringify({ ...reference, namespace: 'b' }))).toBe(
      `Namespace must be empty or equal to the trigger namespace "default": ${at}.namespace`,
    );
  });

  it.each(['nope', '[]', '"x"', 'null'])('"JSON object reference": %s', (value) => {
    const text = `The provided annotation was not a corev1.ObjectReference: ${JSON.stringify(value)}: ${at}`;
    expect(firstLine(dependency(value))).toBe(text);
  });
});

describe('1.3: annotation eventing.knative.dev/injection', () => {
  const at = 'metadata.annotations[eventing.knative.dev/injection]';
  const injection = (value: string, broker: string) =>
    refusal(trigger({ broker }, { annotations: { 'eventing.knative.dev/injection': value } }));

  it('"enabled or disabled, permitted only if spec.broker is default"', () => {
    expect(injection('enabled', 'default')).toBe('');
    expect(injection('disabled', 'default')).toBe('');
    expect(injection('on', 'default')).toBe(
      `The provided injection annotation value can only be "enabled" or "disabled", not "on": ${at}`,
    );
    expect(injection('enabled', 'b')).toBe(
      `The provided injection annotation is only used for default broker, but non-default broker specified here: "b": ${at}`,
    );
  });
});

describe('structure', () => {
  it.each([
    [{ subscriber: undefined }, 'expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri'],
    [{ subscriber: 'http://x/' }, 'invalid value: http://x/: spec.subscriber\nexpected object, got string'],
    [{ filters: { exact: {} } }, 'invalid value: {"exact":{}}: spec.filters\nexpected array, got object'],
    [{ brokr: 'x' }, 'unknown field; did you mean "broker"?: spec.brokr'],
    [
      { subscriber: { url: 'http://x/' } },
      'expected at least one, got none: spec.subscriber.ref, spec.subscriber.uri\nunknown field; did you mean "uri"?: spec.subscriber.url',
    ],
    [{ filter: { type: 't' } }, 'unknown field: spec.filter.type\nknown fields: attributes'],
  ])('%j', (spec, text) => {
    expect(refusal(trigger(spec))).toBe(text);
  });

  it('an annotation that YAML reads as a boolean: say to quote it', () => {
    expect(refusal(trigger({}, { annotations: { 'millrace.dev/paused': true } }))).toBe(
      'invalid value: true: metadata.annotations[millrace.dev/paused]\nexpected string, got boolean; write it in quotes: "true"',
    );
  });

  it('a field of a wrong type does not hide what is wrong with the name', () => {
    const text = refusal(trigger({ delivery: { retry: '5' } }, { name: 'Ship' }));
    expect(text).toContain('invalid value: Ship: metadata.name');
    expect(text).toContain('invalid value: 5: spec.delivery.retry\nexpected integer, got string');
  });

  it('no spec at all', () => {
    const { spec: _, ...bare } = trigger();
    expect(refusal(bare)).toBe('missing field(s): spec');
  });

  it('an error of the schema points at its place, through lists', () => {
    const result = admit(trigger({ filters: [{ any: [{ exactt: {} }, {}] }] }), defaultKindContext);
    const locations = result.kind === 'error' ? result.errors.flatMap((error) => error.locations) : [];
    expect(locations).toContainEqual(['spec', 'filters', 0, 'any', 0, 'exactt']);
  });

  it('an object nested without end is refused, not recursed into', () => {
    let filter: unknown = { exact: { type: 't' } };
    for (let depth = 0; depth < 20_000; depth += 1) filter = { not: filter };
    expect(refusal(trigger({ filters: [filter] }))).toContain('levels deep');
  });
});
