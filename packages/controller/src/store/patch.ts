/** Patches as a Kubernetes API takes them: pure functions from a value and a patch to a value. */
import { cloneJson, isObject, jsonEqual, setOwn } from './json.ts';
import type { Patch } from './store.ts';
import { StoreError } from './store-error.ts';

/** Operations of one JSON patch, at most: Kubernetes has the same limit. */
const jsonPatchOperationsMax = 10_000;
/** Lists of core kinds that are merged by a key when a strategic patch names them; other lists are replaced. */
const listMergeKeys: Readonly<Record<string, string>> = { ports: 'port', ownerReferences: 'uid', containers: 'name' };

/** The patched value. Throws `StoreError` (`invalid`) when the patch does not fit. */
export function applyPatch(target: unknown, patch: Patch): unknown {
  switch (patch.kind) {
    case 'merge':
    case 'apply':
      return mergePatch(target, patch.body);
    case 'strategic':
      return strategicPatch(target, patch.body);
    case 'json':
      return jsonPatch(target, patch.body);
  }
}

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return cloneJson(patch);
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else setOwn(result, key, mergePatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}

/** A merge patch whose known lists are merged by key and whose `$` directives are followed where they matter. */
function strategicPatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return cloneJson(patch);
  if (patch['$patch'] === 'replace') return withoutDirectives(patch);
  const result: Record<string, unknown> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    const mergeKey = Object.hasOwn(listMergeKeys, key) ? listMergeKeys[key] : undefined;
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const name = key.slice(key.indexOf('/') + 1);
      const gone = Array.isArray(value) ? value : [];
      const list = result[name];
      if (Array.isArray(list)) result[name] = list.filter((item) => !gone.some((other) => jsonEqual(item, other)));
    } else if (key.startsWith('$')) continue;
    else if (value === null) delete result[key];
    else if (mergeKey !== undefined && Array.isArray(value)) {
      setOwn(result, key, mergeList(result[key], value, mergeKey));
    } else setOwn(result, key, strategicPatch(Object.hasOwn(result, key) ? result[key] : undefined, value));
  }
  return result;
}

function mergeList(current: unknown, patch: readonly unknown[], key: string): unknown[] {
  const result: unknown[] = Array.isArray(current) ? [...current] : [];
  for (const item of patch) {
    if (!isObject(item)) continue;
    const at = result.findIndex((other) => isObject(other) && jsonEqual(other[key], item[key]));
    if (item['$patch'] === 'delete') {
      if (at >= 0) result.splice(at, 1);
    } else if (at >= 0) result[at] = strategicPatch(result[at], item);
    else result.push(withoutDirectives(item));
  }
  return result;
}

function withoutDirectives(value: Readonly<Record<string, unknown>>): unknown {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !key.startsWith('$')));
}

/** RFC 6902: all operations or none. */
function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) throw misfit('a JSON patch is an array of operations');
  if (patch.length > jsonPatchOperationsMax) throw misfit(`at most ${jsonPatchOperationsMax} operations are allowed`);
  let value = cloneJson(target);
  for (const [index, operation] of patch.entries()) {
    if (!isObject(operation)) throw misfit(`operation ${index} is not an object`);
    value = applyOperation(value, operation, index);
  }
  return value;
}

function applyOperation(value: unknown, operation: Readonly<Record<string, unknown>>, index: number): unknown {
  const { op } = operation;
  const path = pointer(operation['path'], index);
  const needValue = () => {
    if (operation['value'] === undefined) throw misfit(`operation ${index} (${String(op)}) has no value`);
    return cloneJson(operation['value']);
  };
  switch (op) {
    case 'add':
      return addAt(value, path, needValue());
    case 'remove':
      return removeAt(value, path);
    case 'replace':
      readAt(value, path);
      return path.length === 0 ? needValue() : addAt(removeAt(value, path), path, needValue());
    case 'test':
      if (jsonEqual(readAt(value, path), needValue())) return value;
      throw misfit(`testing value ${String(operation['path'])} failed`);
    case 'copy':
      return addAt(value, path, cloneJson(readAt(value, pointer(operation['from'], index))));
    case 'move': {
      const from = pointer(operation['from'], index);
      const moved = readAt(value, from);
      return addAt(removeAt(value, from), path, moved);
    }
    default:
      throw misfit(`operation ${index}: unknown op "${String(op)}": expected add, remove, replace, move, copy or test`);
  }
}

function pointer(text: unknown, index: number): readonly string[] {
  if (text === '') return [];
  if (typeof text !== 'string' || !text.startsWith('/')) throw misfit(`operation ${index}: a path begins with "/"`);
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function readAt(value: unknown, path: readonly string[]): unknown {
  let at = value;
  for (const part of path) {
    if (Array.isArray(at)) at = at[arrayIndex(part, at.length - 1)];
    else if (isObject(at) && Object.hasOwn(at, part)) at = at[part];
    else throw misfit(`the path /${path.join('/')} is not there`);
  }
  return at;
}

function addAt(value: unknown, path: readonly string[], item: unknown): unknown {
  return changeAt(
    value,
    path,
    (parent, last) => {
      if (Array.isArray(parent)) {
        const at = last === '-' ? parent.length : arrayIndex(last, parent.length);
        return parent.toSpliced(at, 0, item);
      }
      const copy = { ...parent };
      setOwn(copy, last, item);
      return copy;
    },
    item,
  );
}

function removeAt(value: unknown, path: readonly string[]): unknown {
  readAt(value, path);
  return changeAt(
    value,
    path,
    (parent, last) => {
      if (Array.isArray(parent)) return parent.toSpliced(arrayIndex(last, parent.length - 1), 1);
      const copy = { ...parent };
      delete copy[last];
      return copy;
    },
    null,
  );
}

type Change = (parent: unknown[] | Record<string, unknown>, last: string) => unknown;

function changeAt(value: unknown, path: readonly string[], change: Change, whole: unknown): unknown {
  const [head, ...rest] = path;
  if (head === undefined) return whole;
  if (!Array.isArray(value) && !isObject(value)) throw misfit(`the path part "${head}" is not there`);
  if (rest.length === 0) return change(value as unknown[] | Record<string, unknown>, head);
  const inner = changeAt(readAt(value, [head]), rest, change, whole);
  if (Array.isArray(value)) return value.with(arrayIndex(head, value.length - 1), inner);
  const copy: Record<string, unknown> = { ...value };
  setOwn(copy, head, inner);
  return copy;
}

function arrayIndex(text: string, last: number): number {
  if (!/^(0|[1-9]\d*)$/.test(text) || Number(text) > last) throw misfit(`the index "${text}" is not in the list`);
  return Number(text);
}

function misfit(message: string): StoreError {
  return new StoreError('invalid', `the patch cannot be applied: ${message}`);
}
