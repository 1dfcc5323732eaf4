/** Plain JSON values: equality, copies and freezing. */

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of JSON values: order of keys plays no part, a key with `undefined` counts as absent. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (Array.isArray(left)) {
    if (!Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => jsonEqual(item, right[index]));
  }
  if (!isObject(left) || !isObject(right)) return false;
  let more = 0;
  for (const key of Object.keys(left)) {
    if (left[key] === undefined) continue;
    if (!Object.hasOwn(right, key) || !jsonEqual(left[key], right[key])) return false;
    more++;
  }
  for (const key of Object.keys(right)) if (right[key] !== undefined) more--;
  return more === 0;
}

/** A copy as it would come back over the wire. Keys such as `__proto__` stay plain keys. */
export function cloneJson<T>(value: T): T {
  return structuredClone(value);
}

/** Freezes a value and all in it, so that what a store gives out cannot be changed behind its back. */
export function deepFreeze<T>(value: T, shared?: SharedValues): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const [key, item] of Object.entries(value)) {
    if (typeof item !== 'string') {
      deepFreeze(item, shared);
      if (shared && sharedFields.has(key)) (value as Record<string, unknown>)[key] = shared.field(item);
    } else if (shared) (value as Record<string, unknown>)[key] = shared.text(item);
  }
  return Object.freeze(value);
}

/**
 * One value for equal ones: ten thousand objects say the same few words in their conditions, and many the same conditions
 * altogether, since they came at the same time, and the same delivery. Each parsed text brings its own.
 *
 * Strings that are short, the fields named below, and no more than so many of either: what is not worth it makes room by itself.
 */
export class SharedValues {
  readonly #texts = new Map<string, string>();
  readonly #fields = new Map<string, unknown>();

  text(text: string): string {
    return text.length > sharedCharactersMax ? text : known(this.#texts, text, text, sharedStringsMax);
  }

  /** Takes what is frozen. */
  field(value: unknown): unknown {
    return known(this.#fields, JSON.stringify(value), value, sharedFieldsMax);
  }
}

function known<T>(values: Map<string, T>, key: string, value: T, countMax: number): T {
  const before = values.get(key);
  if (before !== undefined) return before;
  if (values.size >= countMax) values.clear();
  values.set(key, value);
  return value;
}

const sharedCharactersMax = 40;
const sharedStringsMax = 1_024;
/** A few for each kind and state, at each second in which many came. */
const sharedFieldsMax = 64;
const sharedFields: ReadonlySet<string> = new Set(['conditions', 'delivery']);

/** The object without one of its keys. */
export function omit(value: JsonObject, ...keys: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

/** Sets a key as an own property, whatever its name. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
}
