/** Changes in words. */
import { describe, expect, test } from 'vitest';
import { describeChanges, diffResources } from '../../src/manifests/diff.ts';
import { mergeManifest } from '../../src/manifests/merge.ts';
import { configMap, trigger } from '../support/objects.ts';

const words = (before: Parameters<typeof diffResources>[0], after: Parameters<typeof diffResources>[1]) =>
  describeChanges(after, diffResources(before, after));

describe('describeChanges', () => {
  test('a filter attribute', () => {
    const filter = (type: string) => trigger('ship', { filter: { attributes: { type } } });
    expect(words(filter('order.paid'), filter('order.created'))).toBe(
      'trigger/ship changed: filter type "order.paid" → "order.created"',
    );
  });

  test('a clause of filters, an annotation, what came and what went', () => {
    const before = trigger('ship', { filters: [{ exact: { type: 'a' } }], delivery: { retry: 1 } });
    const after = trigger(
      'ship',
      { filters: [{ exact: { type: 'b' } }] },
      { annotations: { 'millrace.dev/paused': 'true' } },
    );
    expect(words(before, after)).toBe(
      'trigger/ship changed: filter type "a" → "b", delivery {"retry":1} removed, annotation millrace.dev/paused "true" added',
    );
  });

  test('many changes are counted, long values cut, values of Secrets never shown', () => {
    const many = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`k${index}`, 'x'.repeat(100)]));
    const text = words(configMap('c', {}), configMap('c', many));
    expect(text).toContain('6 more');
    expect(text.length).toBeLessThan(400);
    const secret = (value: string) => ({ ...configMap('s', { token: value }), kind: 'Secret' });
    expect(words(secret('aGVsbG8='), secret('c2VjcmV0'))).toBe('secret/s changed: data token');
  });

  test('status and what the store writes are no changes', () => {
    const live = { ...trigger('t'), status: { observedGeneration: 4 } };
    expect(diffResources(trigger('t'), live)).toEqual([]);
  });
});

describe('mergeManifest', () => {
  test('a field the manifest no longer names goes; one of somebody else stays', () => {
    const last = trigger('t', { delivery: { retry: 2 } }, { labels: { mine: '1' } });
    const next = trigger('t', {}, {});
    const live = trigger('t', { delivery: { retry: 2, timeout: 'PT1S' } }, { labels: { mine: '1', theirs: '2' } });
    const merged = mergeManifest(last, next, live);
    expect(merged.spec).not.toHaveProperty('delivery');
    expect(merged.metadata.labels).toEqual({ theirs: '2' });
    const kept = mergeManifest(
      trigger('t', {}, { labels: { mine: '1' } }),
      trigger('t', {}, { labels: { new: '3' } }),
      live,
    );
    expect(kept.metadata.labels).toEqual({ theirs: '2', new: '3' });
    expect(kept.spec).toMatchObject({ delivery: { retry: 2 } });
  });

  test('an object of other origin: its spec is replaced, its labels are kept', () => {
    const live = trigger(
      't',
      { subscriber: { ref: { apiVersion: 'v1', kind: 'Service', name: 's' } } },
      { labels: { a: '1' } },
    );
    const merged = mergeManifest(undefined, trigger('t', {}, { labels: { b: '2' } }), live);
    expect(merged.spec).toEqual(trigger('t').spec);
    expect(merged.metadata.labels).toEqual({ a: '1', b: '2' });
  });

  test('a key that left stringData of a Secret leaves data', () => {
    const secret = (stringData: Record<string, string>) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
      stringData,
    });
    const live = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 's', namespace: 'default' },
      data: { a: 'MQ==', b: 'Mg==' },
    };
    expect(mergeManifest(secret({ a: '1', b: '2' }), secret({ a: '1' }), live).data).toEqual({ a: 'MQ==' });
  });
});
