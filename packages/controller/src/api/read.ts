/** Reading: one object, or a collection with selectors and pages. */
import { apiVersionOf, type Resource, type ResourceRef } from '@millrace/api';
import { isObject } from '../store/json.ts';
import type { ResourceList, ResourceStore, Selection } from '../store/store.ts';
import { ApiError, badRequest, objectNotFound } from './api-error.ts';
import type { ListMetadata } from './presenter.ts';
import { count, selectionOf, versionOf } from './query.ts';
import type { CollectionTarget, ObjectTarget } from './target.ts';

export function refOf({ definition, version, namespace, name }: ObjectTarget): ResourceRef {
  return {
    apiVersion: apiVersionOf(definition.group, version),
    kind: definition.kind,
    ...(namespace === undefined ? {} : { namespace }),
    name,
  };
}

/** Throws 404 when there is none. */
export async function getObject(store: ResourceStore, target: ObjectTarget): Promise<Resource> {
  const object = await store.get(refOf(target));
  if (object === undefined) throw objectNotFound(target.definition, target.name);
  return object;
}

export interface Page {
  readonly items: readonly Resource[];
  readonly metadata: ListMetadata;
}

/**
 * One page of a collection. Later pages show objects as they are by then, under the version of the first page: a watch
 * from there is told of whatever changed in between.
 */
export async function listPage(store: ResourceStore, target: CollectionTarget, query: URLSearchParams): Promise<Page> {
  const selection = selectionOf(target, query);
  const list = await listSelected(store, target, selection);
  requireVersion(query, list.resourceVersion);
  const token = query.get('continue') ?? '';
  const from = token === '' ? undefined : decodeToken(token);
  const resourceVersion = from?.resourceVersion ?? list.resourceVersion;
  const left = from === undefined ? list.items : list.items.filter((item) => placeOf(item) > from.after);
  const limit = count(query, 'limit') ?? 0;
  if (limit === 0 || left.length <= limit) return { items: left, metadata: { resourceVersion } };
  const items = left.slice(0, limit);
  const last = items.at(-1);
  return {
    items,
    metadata: {
      resourceVersion,
      continue: encodeToken({ resourceVersion, after: last === undefined ? '' : placeOf(last) }),
      // With selectors Kubernetes does not know it either, and clients do not expect it.
      ...(selection?.labels === undefined && selection?.name === undefined
        ? { remainingItemCount: left.length - limit }
        : {}),
    },
  };
}

/** The list of a selection; an impossible one has the store's version and nothing in it. */
export async function listSelected(
  store: ResourceStore,
  { definition, version }: CollectionTarget,
  selection: Selection | undefined,
): Promise<ResourceList> {
  if (selection !== undefined) return store.list(selection);
  const all = await store.list({ apiVersion: apiVersionOf(definition.group, version), kind: definition.kind });
  return { resourceVersion: all.resourceVersion, items: [] };
}

/** Only the newest state is kept, so an exact older one is gone; a newer one than ours is of another store. */
function requireVersion(query: URLSearchParams, current: string): void {
  const wanted = versionOf(query);
  if (wanted === undefined) return;
  if (Number(wanted) > Number(current)) throw new ApiError('Expired', `too large resource version: ${wanted}`);
  if (query.get('resourceVersionMatch') === 'Exact' && wanted !== current) {
    throw new ApiError('Expired', `the provided resource version is not kept any more: ${wanted}`);
  }
}

interface Token {
  readonly resourceVersion: string;
  /** Where the next page begins: after this place. */
  readonly after: string;
}

/** The order of lists: by namespace, then name, as the store has it. */
function placeOf(resource: Resource): string {
  return `${resource.metadata.namespace ?? ''}/${resource.metadata.name}`;
}

function encodeToken(token: Token): string {
  return Buffer.from(JSON.stringify(token)).toString('base64url');
}

function decodeToken(text: string): Token {
  try {
    const token = JSON.parse(Buffer.from(text, 'base64url').toString()) as unknown;
    if (isObject(token)) {
      const { resourceVersion, after } = token;
      if (typeof resourceVersion === 'string' && typeof after === 'string') return { resourceVersion, after };
    }
  } catch {
    // Said below.
  }
  throw badRequest('continue: not a token of this server: begin the list anew');
}
