/** From the path of a request to what it names: Kubernetes' scheme of paths. */
import { findPlural, type KindDefinition, kinds } from '@millrace/api';
import { hasStatus } from '../store/local/local-store.ts';
import { badRequest } from './api-error.ts';

/** Objects of a kind in a served version. `namespace` is absent for all namespaces and for kinds that are in none. */
export interface CollectionTarget {
  readonly kind: 'collection';
  readonly definition: KindDefinition;
  readonly version: string;
  readonly namespace?: string;
}

export interface ObjectTarget extends Omit<CollectionTarget, 'kind'> {
  readonly kind: 'object';
  readonly name: string;
  readonly subresource?: 'status';
}

export type Target =
  | { readonly kind: 'core-versions' }
  | { readonly kind: 'groups' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'resources'; readonly group: string; readonly version: string }
  | CollectionTarget
  | ObjectTarget;

/** What a path (without query) names; undefined when nothing is served there. Throws when it cannot be decoded. */
export function targetOf(path: string): Target | undefined {
  const [root, ...rest] = segmentsOf(path);
  if (root === 'api') {
    if (rest.length === 0) return { kind: 'core-versions' };
    return inVersion('', rest);
  }
  if (root !== 'apis') return undefined;
  const [group, ...inside] = rest;
  if (group === undefined) return { kind: 'groups' };
  if (group === '' || !isServed(group)) return undefined;
  return inside.length === 0 ? { kind: 'group', group } : inVersion(group, inside);
}

function segmentsOf(path: string): string[] {
  const parts = path.split('/').slice(1);
  if (parts.at(-1) === '') parts.pop();
  try {
    return parts.map(decodeURIComponent);
  } catch {
    throw badRequest(`the path ${path} is not percent-encoded UTF-8`);
  }
}

function isServed(group: string, version?: string): boolean {
  return kinds.some((kind) => kind.group === group && (version === undefined || kind.versions.includes(version)));
}

function inVersion(group: string, [version = '', ...rest]: readonly string[]): Target | undefined {
  if (!isServed(group, version)) return undefined;
  if (rest.length === 0) return { kind: 'resources', group, version };
  const [first, namespace, plural, ...more] = rest;
  if (first !== 'namespaces' || plural === undefined) return named(group, version, undefined, rest);
  // Below a namespace stands its own subresource, or a kind of objects in it.
  if (group === '' && plural === 'status') return named(group, version, undefined, rest);
  return namespace === '' ? undefined : named(group, version, namespace, [plural, ...more]);
}

function named(
  group: string,
  version: string,
  namespace: string | undefined,
  [plural = '', name, subresource, ...beyond]: readonly string[],
): Target | undefined {
  const definition = findPlural(group, version, plural);
  if (definition === undefined || beyond.length > 0) return undefined;
  if (!definition.namespaced && namespace !== undefined) return undefined;
  const place = { definition, version, ...(namespace === undefined ? {} : { namespace }) };
  if (name === undefined) return { kind: 'collection', ...place };
  if (name === '' || (definition.namespaced && namespace === undefined)) return undefined;
  if (subresource === undefined) return { kind: 'object', ...place, name };
  if (subresource !== 'status' || !hasStatus(definition)) return undefined;
  return { kind: 'object', ...place, name, subresource };
}
