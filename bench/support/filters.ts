/** Filters of every kind of which exactly one in any number wants the benchmark's event. */
import type { TriggerFilter } from '@millrace/api';

/** The number of the trigger that matches. */
export const MATCHING = 4_711;

export const filterKinds: readonly { readonly name: string; readonly filterOf: (n: number) => TriggerFilter }[] = [
  { name: 'exact', filterOf: (n) => ({ filters: [{ exact: { type: typeOf(n) } }] }) },
  { name: 'prefix', filterOf: (n) => ({ filters: [{ prefix: { type: `com.example.t${n}.` } }] }) },
  { name: 'mixed', filterOf: mixedFilter },
  {
    name: 'cesql',
    filterOf: (n) => ({ filters: [{ cesql: `type = '${typeOf(n)}' AND source LIKE '/shop/%' AND EXISTS subject` }] }),
  },
];

function typeOf(n: number): string {
  return `com.example.t${n}.created`;
}

/** Context attributes of an event that the filter of that number wants, and no other. */
export function attributesFor(n: number): Readonly<Record<string, string>> {
  return {
    source: `/shop/${n}`,
    type: typeOf(n),
    subject: `/orders/item-${n}.json`,
    time: '2026-01-01T00:00:00Z',
  };
}

function mixedFilter(n: number): TriggerFilter {
  const type = typeOf(n);
  const variants: readonly TriggerFilter[] = [
    { attributes: { specversion: '1.0', type } },
    { filters: [{ any: [{ exact: { type } }, { exact: { type: `${type}.again` } }] }] },
    { filters: [{ suffix: { subject: `/item-${n}.json` } }] },
    { filters: [{ cesql: `source IN ('/shop/${n}', '/store/${n}') OR type = 'com.example.u${n}'` }] },
    { filters: [{ prefix: { type: `com.example.t${n}.` } }, { not: { exact: { source: '/none' } } }] },
  ];
  return variants[n % variants.length] as TriggerFilter;
}
