import type { CloudEvent, TriggerFilter } from '@millrace/api';
import { describe, expect, it } from 'vitest';
import { buildTriggerIndex } from '../../src/matching/index.ts';

function eventWith(attributes: Record<string, string>): CloudEvent {
  const all = { id: '1', source: '/s', type: 't', ...attributes };
  return { specversion: '1.0', attributes: Object.assign(Object.create(null), all) };
}

function indexOf(filters: readonly TriggerFilter[]) {
  return buildTriggerIndex(filters.map((filter, value) => ({ filter, value })));
}

const thousand = Array.from({ length: 1_000 }, (_, number) => number);

describe('trigger index: what is evaluated', () => {
  it.each<[string, (number: number) => TriggerFilter]>([
    ['legacy attributes', (n) => ({ attributes: { type: 't', source: `/${n}` } })],
    ['exact', (n) => ({ filters: [{ exact: { type: `t${n}` } }] })],
    ['exact behind a common type', (n) => ({ filters: [{ exact: { type: 't' } }, { exact: { source: `/${n}` } }] })],
    ['prefix', (n) => ({ filters: [{ prefix: { type: `t${n}.` } }] })],
    ['suffix', (n) => ({ filters: [{ suffix: { source: `/${n}.jpg` } }] })],
    ['all', (n) => ({ filters: [{ all: [{ not: { exact: { id: 'x' } } }, { exact: { subject: `s${n}` } }] }] })],
    ['any of exact', (n) => ({ filters: [{ any: [{ exact: { type: `t${n}` } }, { exact: { type: `u${n}` } }] }] })],
    ['cesql AND', (n) => ({ filters: [{ cesql: `EXISTS type AND subject = 's${n}' AND LENGTH(id) < 3` }] })],
    ['cesql IN', (n) => ({ filters: [{ cesql: `subject IN ('s${n}', "r${n}")` }] })],
    ['cesql OR', (n) => ({ filters: [{ cesql: `type = 't${n}' OR type LIKE 'u${n}.%'` }] })],
    ['cesql on an absent attribute', () => ({ filters: [{ cesql: 'absent > 5' }] })],
  ])('1,000 filters (%s) that do not match cost an event no evaluation', (_name, filterOf) => {
    const index = indexOf(thousand.map(filterOf));
    expect(index.invalid).toEqual([]);
    expect(index.evaluations(eventWith({}))).toBe(0);
    expect(index.match(eventWith({}))).toEqual([]);
  });

  it('one match among 1,000 costs one evaluation', () => {
    const index = indexOf(thousand.map((n) => ({ attributes: { type: 't', source: `/${n}` } })));
    const event = eventWith({ source: '/77' });
    expect(index.match(event)).toEqual([77]);
    expect(index.evaluations(event)).toBe(1);
  });

  it('equal filters share one evaluation, whatever the order of their keys', () => {
    const one = { filters: [{ exact: { type: 't', source: '/s' } }] };
    const same = { attributes: { type: 'ignored' }, filters: [{ exact: { source: '/s', type: 't' } }] };
    const index = indexOf([one, { attributes: { type: 'other' } }, same, one]);
    expect(index.evaluations(eventWith({}))).toBe(1);
    expect(index.match(eventWith({}))).toEqual([0, 2, 3]);
  });

  it('a filter found under several keys is evaluated and given once', () => {
    const index = indexOf([{ filters: [{ any: [{ exact: { type: 't' } }, { prefix: { source: '/' } }] }] }]);
    expect(index.evaluations(eventWith({}))).toBe(1);
    expect(index.match(eventWith({}))).toEqual([0]);
  });
});

describe('trigger index: what comes out', () => {
  it('keeps the order of entries across filters of different kinds', () => {
    const index = indexOf([
      { filters: [{ cesql: "type = 't'" }] },
      {},
      { filters: [{ suffix: { type: 't' } }] },
      {},
      { filters: [{ not: { exact: { type: 'x' } } }] },
      { attributes: { source: '' } },
    ]);
    expect(index.match(eventWith({}))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('lists filters that cannot be compiled with their reason, and never matches them', () => {
    const index = indexOf([{ filters: [{ exact: { type: '' } }] }, {}]);
    expect(index.match(eventWith({}))).toEqual([1]);
    expect(index.invalid).toEqual([
      { value: 0, path: 'spec.filters[0].exact', message: expect.stringContaining('expected a text for type') },
    ]);
  });

  it('takes a filter of absurd depth as invalid instead of overflowing the stack', () => {
    let filter: unknown = { exact: { type: 't' } };
    for (let level = 0; level < 100_000; level++) filter = { not: filter };
    const index = indexOf([{ filters: [filter] } as TriggerFilter, {}]);
    expect(index.invalid).toHaveLength(1);
    expect(index.match(eventWith({}))).toEqual([1]);
  });

  it('a list it gave stays as it was when the next event is matched', () => {
    const index = indexOf([{ attributes: { type: 't' } }, {}, { attributes: { type: 'u' } }]);
    const first = index.match(eventWith({}));
    index.match(eventWith({ type: 'u' }));
    expect(first).toEqual([0, 1]);
  });
});
