/**
 * What an event must have to pass a filter, as far as an index can look it up.
 *
 * Q1. A requirement is necessary, not sufficient: an event that passes the filter meets it. So an index may use any
 *     part of it to find candidates, and each candidate is evaluated in full.
 */

/** A look-up that an index can answer: an attribute is, begins with or ends with a text. `prefix ''`: is there at all. */
export interface Key {
  readonly kind: 'exact' | 'prefix' | 'suffix';
  readonly attribute: string;
  readonly text: string;
}

export type Requirement =
  | { readonly kind: 'key'; readonly key: Key }
  /** All are necessary: any one of them will do to find candidates. */
  | { readonly kind: 'every'; readonly members: readonly Requirement[] }
  /** One of them is necessary: candidates must be found under each. */
  | { readonly kind: 'some'; readonly members: readonly Requirement[] }
  /** Nothing that an index could look up. */
  | { readonly kind: 'unknown' };

export const unknown: Requirement = { kind: 'unknown' };

export function key(kind: Key['kind'], attribute: string, text: string): Requirement {
  return { kind: 'key', key: { kind, attribute, text } };
}

export function present(attribute: string): Requirement {
  return key('prefix', attribute, '');
}

export function every(members: readonly Requirement[]): Requirement {
  const known = members.filter(({ kind }) => kind !== 'unknown');
  const [only, ...others] = known;
  if (only === undefined) return unknown;
  return others.length === 0 ? only : { kind: 'every', members: known };
}

/** One unknown member makes all unknown: events that pass by it could not be found. */
export function some(members: readonly Requirement[]): Requirement {
  const [only, ...others] = members;
  if (only === undefined || members.some(({ kind }) => kind === 'unknown')) return unknown;
  return others.length === 0 ? only : { kind: 'some', members };
}
