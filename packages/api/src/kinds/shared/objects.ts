/**
 * Small helpers for values of unknown shape: what a manifest says before anything about it is known.
 */

export type Fields = { readonly [name: string]: unknown };

/** Whether a value is an object with fields: no list, not null. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as fields, or none. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {};
}

/**
 * A copy without members that are null: in YAML a key with nothing after it. Kubernetes reads them as absent. Elements of
 * lists stay, since leaving one out would move the others.
 */
export function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isFields(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === null) continue;
    // Defined, not assigned: a member called `__proto__` is a member.
    Object.defineProperty(kept, name, {
      value: withoutNulls(member),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return kept;
}

/** The differences between two values, one path a piece: `spec.a.b:\n\t-: old\n\t+: new`. Empty when there are none. */
export function shortDiff(before: unknown, after: unknown, at: string): string {
  if (isFields(before) && isFields(after)) {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names
      .map((name) => shortDiff(before[name], after[name], `${at}.${name}`))
      .filter((piece) => piece !== '')
      .join('\n');
  }
  const [old, now] = [JSON.stringify(before), JSON.stringify(after)];
  if (old === now) return '';
  return [`${at}:`, ...(old === undefined ? [] : [`\t-: ${old}`]), ...(now === undefined ? [] : [`\t+: ${now}`])].join(
    '\n',
  );
}

/** Whether a value is nested deeper than `limit` levels. Does not recurse: it is asked before anything that does. */
export function isNestedDeeper(value: unknown, limit: number): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= limit; depth += 1) {
    level = level.flatMap((member) => (typeof member === 'object' && member !== null ? Object.values(member) : []));
    if (level.length === 0) return false;
  }
  return true;
}
