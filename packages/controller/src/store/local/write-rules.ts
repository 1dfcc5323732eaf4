/**
 * What a write makes of an object: pure functions, the same for every local store. Times and UIDs are given.
 *
 * The rules are S2 to S6 of the store port; the file names them where it keeps them.
 */
import type { ObjectMeta, Resource } from '@millrace/api';
import { isObject, type JsonObject, jsonEqual, omit } from '../json.ts';
import { StoreError } from '../store-error.ts';

/** The finalizer an owner carries while its blocking dependents go first (`propagationPolicy: Foreground`). */
export const foregroundFinalizer = 'foregroundDeletion';

/** Fields of metadata that clients set. All others are the store's. */
const clientFields = ['name', 'generateName', 'namespace', 'labels', 'annotations', 'ownerReferences', 'finalizers'];

export interface Birth {
  readonly uid: string;
  readonly timestamp: string;
}

/** The object as it is stored when new. `hasStatus` is false for kinds without a status, such as ConfigMap. */
export function newObject(resource: Resource, birth: Birth, hasStatus: boolean): Resource {
  const metadata = {
    ...clientMetadata(resource.metadata),
    uid: birth.uid,
    creationTimestamp: birth.timestamp,
    ...(hasStatus ? { generation: 1 } : {}),
  };
  return { ...contentOf(resource), metadata } as unknown as Resource;
}

/** The object after an update of everything but status (S4, S5). The version is set by the caller, if it is needed. */
export function updatedObject(stored: Resource, wanted: Resource): Resource {
  refuseStale(stored, wanted);
  const metadata = {
    ...clientMetadata(wanted.metadata),
    ...storeMetadata(stored.metadata),
  };
  if (stored.metadata.deletionTimestamp !== undefined) refuseNewFinalizers(stored, metadata.finalizers ?? []);
  const changed = !jsonEqual(contentOf(stored), contentOf(wanted));
  if (changed && stored.metadata.generation !== undefined) metadata['generation'] = stored.metadata.generation + 1;
  return {
    ...contentOf(wanted),
    metadata,
    ...(stored.status === undefined ? {} : { status: stored.status }),
  } as unknown as Resource;
}

/** The object after an update of its status alone (S5). */
export function withStatus(stored: Resource, wanted: Resource): Resource {
  refuseStale(stored, wanted);
  const rest = omit(stored, 'status');
  return (wanted.status === undefined ? rest : { ...rest, status: wanted.status }) as unknown as Resource;
}

/** The object marked for deletion, holding a further finalizer if one is given (S6). */
export function markedForDeletion(stored: Resource, timestamp: string, finalizer?: string): Resource {
  const finalizers = [...(stored.metadata.finalizers ?? [])];
  if (finalizer !== undefined && !finalizers.includes(finalizer)) finalizers.push(finalizer);
  return {
    ...stored,
    metadata: {
      ...stored.metadata,
      deletionTimestamp: stored.metadata.deletionTimestamp ?? timestamp,
      ...(finalizers.length === 0 ? {} : { finalizers }),
      ...(stored.metadata.generation === undefined || stored.metadata.deletionTimestamp !== undefined
        ? {}
        : { generation: stored.metadata.generation + 1 }),
    },
  };
}

/** True when an object is marked for deletion and nothing holds it any more (S6). */
export function mayGo(resource: Resource): boolean {
  return resource.metadata.deletionTimestamp !== undefined && (resource.metadata.finalizers ?? []).length === 0;
}

/** The metadata with other finalizers; an empty list is left out. */
export function withFinalizers(resource: Resource, finalizers: readonly string[]): Resource {
  const metadata = omit(resource.metadata as unknown as JsonObject, 'finalizers');
  return {
    ...resource,
    metadata: (finalizers.length === 0 ? metadata : { ...metadata, finalizers }) as unknown as ObjectMeta,
  };
}

/** True when two objects differ in nothing but their version (S2). */
export function sameButVersion(left: Resource, right: Resource): boolean {
  const plain = (resource: Resource) => ({
    ...resource,
    metadata: omit(resource.metadata as unknown as JsonObject, 'resourceVersion'),
  });
  return jsonEqual(plain(left), plain(right));
}

export function withVersion(resource: Resource, version: number): Resource {
  return { ...resource, metadata: { ...resource.metadata, resourceVersion: String(version) } };
}

/** All but metadata and status: what `generation` counts the changes of. */
function contentOf(resource: Resource): JsonObject {
  return omit(resource, 'metadata', 'status');
}

function clientMetadata(metadata: ObjectMeta): Partial<ObjectMeta> & Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const field of clientFields) {
    const value = (metadata as unknown as JsonObject)[field];
    const empty =
      value === undefined ||
      (Array.isArray(value) && value.length === 0) ||
      (isObject(value) && Object.keys(value).length === 0);
    if (!empty) kept[field] = value;
  }
  return kept;
}

function storeMetadata(metadata: ObjectMeta): Record<string, unknown> {
  const kept: Record<string, unknown> = {};
  for (const field of [
    'name',
    'namespace',
    'generateName',
    'uid',
    'creationTimestamp',
    'generation',
    'deletionTimestamp',
    'resourceVersion',
  ]) {
    const value = (metadata as unknown as JsonObject)[field];
    if (value !== undefined) kept[field] = value;
  }
  return kept;
}

/** S3, and the same for an object that was deleted and made anew in between. */
function refuseStale(stored: Resource, wanted: Resource): void {
  const { resourceVersion, uid } = wanted.metadata;
  if (uid !== undefined && uid !== stored.metadata.uid) {
    throw conflict(stored, `its uid is ${stored.metadata.uid ?? ''}, not ${uid}: it was deleted and made anew`);
  }
  if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion) {
    throw conflict(
      stored,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  }
}

export function conflict(stored: Resource, reason: string): StoreError {
  const { name } = stored.metadata;
  return new StoreError('conflict', `Operation cannot be fulfilled on ${stored.kind} "${name}": ${reason}`, {
    kind: stored.kind,
    name,
  });
}

function refuseNewFinalizers(stored: Resource, finalizers: readonly string[]): void {
  const added = finalizers.filter((finalizer) => !(stored.metadata.finalizers ?? []).includes(finalizer));
  if (added.length === 0) return;
  throw new StoreError(
    'forbidden',
    `${stored.kind} "${stored.metadata.name}": metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found ${added.join(', ')}`,
    { kind: stored.kind, name: stored.metadata.name },
  );
}
