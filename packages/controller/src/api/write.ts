/** Writing: create, replace, patch, delete, each for an object or its status, and deletion of a collection. */
import type { Resource } from '@millrace/api';
import { isObject } from '../store/json.ts';
import type { DeleteResult, ResourceStore } from '../store/store.ts';
import { isStoreError } from '../store/store-error.ts';
import { ApiError, badRequest, type StatusBody, success } from './api-error.ts';
import { decodeBody, decodePatch, identified, type RawBody } from './body.ts';
import { deleteOptions, isDryRun } from './query.ts';
import { listPage, type Page, refOf } from './read.ts';
import type { CollectionTarget, ObjectTarget } from './target.ts';

export interface WriteRequest<T> {
  readonly store: ResourceStore;
  readonly target: T;
  readonly query: URLSearchParams;
  readonly body: RawBody;
}

export interface Written {
  readonly code: 200 | 201;
  readonly object: Resource;
}

function dryRunOf(query: URLSearchParams): { readonly dryRun: boolean } {
  return { dryRun: isDryRun(query.getAll('dryRun')) };
}

function objectOf(request: WriteRequest<CollectionTarget | ObjectTarget>): Resource {
  const value = decodeBody(request.body);
  if (value === undefined) throw badRequest('the request has no body: expected an object');
  return identified(value, request.target);
}

export async function createObject(request: WriteRequest<CollectionTarget>): Promise<Written> {
  const object = objectOf(request);
  return { code: 201, object: await request.store.create(object, dryRunOf(request.query)) };
}

export async function replaceObject(request: WriteRequest<ObjectTarget>): Promise<Written> {
  const { store, target, query } = request;
  const object = objectOf(request);
  const options = dryRunOf(query);
  const write = target.subresource === 'status' ? store.updateStatus(object, options) : store.update(object, options);
  return { code: 200, object: await write };
}

export async function patchObject(request: WriteRequest<ObjectTarget>): Promise<Written> {
  const { store, target, query, body } = request;
  const patch = decodePatch(body, target.definition.group === '');
  const ref = refOf(target);
  const { subresource } = target;
  const options = { ...dryRunOf(query), ...(subresource === undefined ? {} : { subresource }) };
  if (patch.kind !== 'apply') return { code: 200, object: await store.patch(ref, patch, options) };
  requireManager(query);
  const applied = identified(patch.body, target);
  if (isObject(applied.metadata) && 'managedFields' in applied.metadata) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const present = await store.get(ref);
  const object = await store.patch(ref, { kind: 'apply', body: applied }, options);
  return { code: present === undefined ? 201 : 200, object };
}

/** Server-side apply asks for the name of who applies. */
function requireManager(query: URLSearchParams): void {
  if ((query.get('fieldManager') ?? '') !== '') return;
  const field = 'fieldManager';
  throw new ApiError(
    'Invalid',
    'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    {
      group: 'meta.k8s.io',
      kind: 'PatchOptions',
      causes: [{ reason: 'FieldValueRequired', message: 'Required value: is required for apply patch', field }],
    },
  );
}

/** A Status when the object is gone; the object as it now is while something holds it. */
export async function deleteObject(request: WriteRequest<ObjectTarget>): Promise<StatusBody | Resource> {
  const { store, target, query } = request;
  const { object, removed } = await store.delete(refOf(target), deleteOptions(query, decodeBody(request.body)));
  if (!removed) return object;
  const { group, plural } = target.definition;
  const { uid } = object.metadata;
  return success({
    name: target.name,
    ...(group === '' ? {} : { group }),
    kind: plural,
    ...(uid === undefined ? {} : { uid }),
  });
}

/** Deletes what a list with the same query gives, and gives that list. */
export async function deleteCollection(request: WriteRequest<CollectionTarget>): Promise<Page> {
  const { store, target, query } = request;
  const options = deleteOptions(query, decodeBody(request.body));
  const page = await listPage(store, target, query);
  const deletions = page.items.map(async ({ metadata: { name, namespace } }): Promise<DeleteResult | undefined> => {
    const at = { ...target, kind: 'object', name, ...(namespace === undefined ? {} : { namespace }) } as const;
    try {
      return await store.delete(refOf(at), options);
    } catch (error) {
      // Somebody else was faster: it is gone, as was wanted.
      if (isStoreError(error, 'not-found')) return undefined;
      throw error;
    }
  });
  const deleted = await Promise.all(deletions);
  return { ...page, items: deleted.flatMap((result) => (result === undefined ? [] : [result.object])) };
}
