/** What an event must have to pass a filter that compiles. */
import { type FilterSpec, parseCesql, type TriggerFilter } from '@millrace/api';
import { cesqlRequirement } from './cesql-requirement.ts';
import { every, type Key, key, present, type Requirement, some, unknown } from './requirement.ts';

/** What an event must have to pass a Trigger's filter (Q1). */
export function filterRequirement(filter: TriggerFilter): Requirement {
  if (filter.filters?.length) return every(filter.filters.map(specRequirement));
  return every(
    Object.entries(filter.attributes ?? {}).map(([name, text]) =>
      text === '' ? present(name) : key('exact', name, text),
    ),
  );
}

/** The filter compiles, so that exactly one dialect is set, or none; others may be there as `undefined`. */
function specRequirement(spec: FilterSpec): Requirement {
  const { exact, prefix, suffix, all, any, cesql } = spec as AnyDialect;
  if (exact) return mapRequirement('exact', exact);
  if (prefix) return mapRequirement('prefix', prefix);
  if (suffix) return mapRequirement('suffix', suffix);
  if (all) return every(all.map(specRequirement));
  if (any) return some(any.map(specRequirement));
  if (cesql) {
    const parsed = parseCesql(cesql);
    return parsed.kind === 'ok' ? cesqlRequirement(parsed.expression.root) : unknown;
  }
  // What `not` passes is everything but something, which no look-up finds.
  return unknown;
}

interface AnyDialect {
  readonly exact?: { readonly [attribute: string]: string };
  readonly prefix?: { readonly [attribute: string]: string };
  readonly suffix?: { readonly [attribute: string]: string };
  readonly all?: readonly FilterSpec[];
  readonly any?: readonly FilterSpec[];
  readonly cesql?: string;
}

function mapRequirement(kind: Key['kind'], map: { readonly [attribute: string]: string }): Requirement {
  return every(Object.entries(map).map(([name, text]) => key(kind, name, text)));
}
