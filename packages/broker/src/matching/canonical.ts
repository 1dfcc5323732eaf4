/** A text that equal filters share, whatever the order of their keys. */
import type { TriggerFilter } from '@millrace/api';

/** A filter that compiles is not half as deep; what is deeper gets no text, so that it meets the compiler's own limit. */
const depthMax = 200;

/** `undefined` for a filter that is too deep to be one. */
export function canonicalText(filter: TriggerFilter): string | undefined {
  // What is not looked at must not tell filters apart: `filters` decides alone where it is not empty.
  const decisive = filter.filters?.length ? { filters: filter.filters } : { attributes: filter.attributes ?? {} };
  return isDeeperThan(decisive, depthMax) ? undefined : JSON.stringify(decisive, sortKeys);
}

function isDeeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(member, levels - 1));
}

function sortKeys(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
