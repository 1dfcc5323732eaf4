/** The registry, metadata, and what holds for every kind. Inventory: reference 1.1. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  admit,
  defaultKindContext,
  findByName,
  findKind,
  findPlural,
  kindNames,
  kinds,
  nearestName,
  renderFieldErrors,
} from '../../src/kinds/index.ts';
import type { Resource } from '../../src/resource.ts';
import { firstLine, object, refusal, trigger } from './support.ts';

function unknown(apiVersion: unknown, kind: unknown): string {
  const found = findKind(apiVersion, kind);
  return found.kind === 'ok' ? '' : renderFieldErrors(found.errors);
}

describe('1.1: inventory', () => {
  it.each([
    ['eventing.knative.dev', 'Broker', 'v1', ['v1'], 'URL, Age, Ready, Reason, Class'],
    ['eventing.knative.dev', 'Trigger', 'v1', ['v1'], 'Broker, Subscriber_URI, Age, Ready, Reason'],
    [
      'eventing.knative.dev',
      'EventType',
      'v1beta2',
      ['v1beta3', 'v1beta2', 'v1beta1'],
      'Type, Source, Schema, Reference Name, Reference Kind, Description, Ready, Reason',
    ],
    ['sources.knative.dev', 'PingSource', 'v1', ['v1', 'v1beta2'], 'Sink, Schedule, Age, Ready, Reason'],
    ['sources.knative.dev', 'GitHubSource', 'v1alpha1', ['v1alpha1'], 'Ready, Reason, Sink, Age'],
    ['sources.eventing.knative.dev', 'CronJobSource', 'v1alpha1', ['v1alpha1'], 'Sink, Schedule, Age, Ready, Reason'],
  ])('%s %s', (group, kind, storageVersion, versions, columns) => {
    const definition = findPlural(group, storageVersion, `${kind.toLowerCase()}s`);
    expect(definition).toMatchObject({ kind, storageVersion, versions, namespaced: true });
    // Columns of ours are for `-o wide`: what is shown otherwise is Knative's table.
    const shown = definition?.printerColumns.filter(({ priority = 0 }) => priority === 0);
    expect(shown?.map(({ name }) => name).join(', ')).toBe(columns);
  });

  it('every version of every kind has a schema that compiles and knows apiVersion and kind', () => {
    for (const definition of kinds) {
      for (const version of definition.versions) {
        const apiVersion = definition.group === '' ? version : `${definition.group}/${version}`;
        expect(findKind(apiVersion, definition.kind)).toMatchObject({ kind: 'ok', version });
        const bare = { apiVersion, kind: definition.kind, metadata: { name: 'x' } } as Resource;
        const errors = definition.validate(bare, defaultKindContext);
        expect(errors.filter(({ paths }) => paths.includes('apiVersion') || paths.includes('kind'))).toEqual([]);
      }
    }
  });

  it('names do not collide within a group', () => {
    const plurals = kinds.map(({ group, plural }) => `${plural}.${group}`);
    expect(new Set(plurals).size).toBe(plurals.length);
  });
});

describe('finding a kind', () => {
  it.each([
    ['triggers', ['Trigger']],
    ['trigger', ['Trigger']],
    ['Trigger', ['Trigger']],
    ['triggers.eventing.knative.dev', ['Trigger']],
    ['cm', ['ConfigMap']],
    ['ksvc', ['Service']],
    ['services', ['Service', 'Service']],
    ['services.serving.knative.dev', ['Service']],
    ['nothing', []],
  ])('by name: %s', (name, found) => {
    expect(findByName(name).map(({ kind }) => kind)).toEqual(found);
  });

  it('an unknown kind: the nearest one and the known ones', () => {
    expect(unknown('eventing.knative.dev/v1', 'Triger')).toBe(
      'unknown kind "Triger" in eventing.knative.dev/v1; did you mean "Trigger"?: kind\nknown kinds: Broker, Trigger, EventType, KafkaSink',
    );
    expect(unknown('batch/v1', 'Job')).toContain('unknown kind "Job" in batch/v1: kind\nknown kinds: Broker,');
  });

  it('an unknown apiVersion of a known kind: the served ones', () => {
    expect(unknown('eventing.knative.dev/v2', 'Trigger')).toBe(
      'unknown apiVersion "eventing.knative.dev/v2" of kind Trigger; did you mean "eventing.knative.dev/v1"?: apiVersion\nknown for Trigger: eventing.knative.dev/v1',
    );
  });

  it('neither, and values that are no text', () => {
    expect(unknown(undefined, undefined)).toBe('missing field(s): apiVersion, kind');
    expect(unknown('v1', 5)).toBe('missing field(s): kind');
  });

  it('near names', () => {
    const names = kindNames();
    expect(nearestName('triger', names)).toBe('trigger');
    expect(nearestName('brokesr', names)).toBe('brokers');
    expect(nearestName('elephant', names)).toBeUndefined();
    expect(nearestName('EXACT', ['exact'])).toBe('exact');
    expect(nearestName('x'.repeat(100_000), names)).toBeUndefined();
  });
});

describe('metadata: DNS labels and names, 63 and 253', () => {
  it.each(['a', 'a-b', 'a.b.c', '0', `${'a'.repeat(63)}.${'b'.repeat(63)}`, 'a'.repeat(253)])('name %s', (name) => {
    expect(refusal(trigger({}, { name }))).toBe('');
  });

  it.each(['A', 'a_b', '-a', 'a-', '.a', 'a..b', 'a.-b', 'ä', 'a b', 'a'.repeat(254), '../etc', 'a/b', 'a\n'])(
    'no name: %j',
    (name) => {
      expect(refusal(trigger({}, { name }))).toMatch(/^invalid value: [\s\S]*: metadata\.name\nexpected at most 253/);
    },
  );

  it.each(['A', 'a.b', 'a'.repeat(64), '-'])('no namespace: %j', (namespace) => {
    expect(refusal(trigger({}, { namespace }))).toMatch(
      /^invalid value: [\s\S]*: metadata\.namespace\nexpected at most 63/,
    );
  });

  it('a Service has a name that fits a host name', () => {
    expect(refusal(object('v1', 'Service', { name: 'a.b' }))).toContain('expected at most 63');
    expect(refusal(object('v1', 'Service', { name: 'a'.repeat(63) }))).toBe('');
  });

  it('a name is needed, unless one is generated', () => {
    expect(refusal({ ...trigger(), metadata: {} })).toBe('missing field(s): metadata.name');
    expect(refusal({ ...trigger(), metadata: { generateName: 'x-' } })).toBe('');
  });

  it('labels and keys', () => {
    expect(refusal(trigger({}, { labels: { 'example.com/a_b.c': 'x_Y.z', a: '' } }))).toBe('');
    expect(firstLine(refusal(trigger({}, { labels: { a: 'not a label' } })))).toBe(
      'invalid value: not a label: metadata.labels.a',
    );
    expect(firstLine(refusal(trigger({}, { annotations: { 'a b': 'x' } })))).toBe(
      'invalid key name "a b": metadata.annotations',
    );
  });

  it('a slip in metadata or at the top is told', () => {
    const { metadata, ...rest } = trigger();
    expect(refusal({ ...rest, metadata: { ...metadata, anotations: {} } })).toBe(
      'unknown field; did you mean "annotations"?: metadata.anotations',
    );
    expect(refusal({ ...trigger(), sepc: {} })).toBe('unknown field; did you mean "spec"?: sepc');
  });
});

describe('whatever is given, admission answers', () => {
  const apiVersions = kinds.flatMap(({ group, versions, kind }) =>
    versions.map((version) => [group === '' ? version : `${group}/${version}`, kind] as const),
  );
  const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
  const names = ['name', 'namespace', 'labels', 'annotations', 'sink', 'subscriber', 'ref', 'uri', 'filters', 'filter'];
  const more = ['all', 'any', 'not', 'exact', 'cesql', 'delivery', 'retry', 'timeout', 'schedule', 'data', 'broker'];
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom('', 'x', 0, -1, true, null, [], {}, 'PT1S', 'http://x/'),
      anything,
      fc.dictionary(fc.constantFrom(...names, ...more, '__proto__', 'constructor'), tie('value'), { maxKeys: 5 }),
      fc.array(tie('value'), { maxLength: 3 }),
    ),
  }));

  it('it never throws, and an error always has a place and a text', () => {
    fc.assert(
      fc.property(fc.constantFrom(...apiVersions), value, value, value, ([apiVersion, kind], metadata, spec, data) => {
        const result = admit({ apiVersion, kind, metadata, spec, data }, defaultKindContext);
        const told = result.kind === 'ok' || (result.errors.length > 0 && renderFieldErrors(result.errors) !== '');
        expect(told).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['unknown fields', (entries: object) => trigger({ ...entries })],
    ['bad labels', (entries: object) => ({ ...trigger({}), metadata: { name: 't', labels: entries } })],
    ['unknown annotations', (entries: object) => ({ ...trigger({}), metadata: { name: 't', annotations: entries } })],
  ])('an object with 150,000 %s is refused in a moment', (_what, objectWith) => {
    const entries = Object.fromEntries(Array.from({ length: 150_000 }, (_, index) => [`a b ${index}`, 'x']));
    expect(admit(objectWith(entries), defaultKindContext)).toMatchObject({ kind: 'error' });
  });

  it.each([[null], [undefined], [5], ['text'], [[]], [true]])('%j is no object', (given) => {
    expect(refusal(given)).toContain('expected an object with apiVersion, kind and metadata');
  });

  it('what is admitted is admitted again, unchanged', () => {
    const spec = fc.record({ broker: fc.constantFrom('a', 'b'), subscriber: fc.constant({ uri: 'http://x/' }) });
    fc.assert(
      fc.property(spec, (given) => {
        const once = admit(trigger(given), defaultKindContext);
        const twice = once.kind === 'ok' ? admit(once.resource, defaultKindContext) : once;
        expect(twice).toEqual(once);
      }),
    );
  });
});
