/**
 * The resource store port, with the semantics of a Kubernetes API server. Reconcilers know this and never which store.
 *
 * S1. A write resolves only when it is durable, and it is visible to reads and watches from then on, not before.
 * S2. `resourceVersion` grows with each write to the store; a write that changes nothing gives the object as it is.
 * S3. An update that names a `resourceVersion` other than the stored one is refused with `conflict`.
 * S4. `generation` grows when something other than metadata and status changes, and only then.
 * S5. `updateStatus` changes nothing but status; every other write leaves status alone.
 * S6. An object with finalizers is marked for deletion and removed when the last finalizer goes.
 * S7. An object whose owners are all gone is removed. An owner is named by UID: another of the same name is not it.
 * S8. A watch gives every change after its version once and in order, or ends with `gone`.
 *
 * Source: design section 5; the Kubernetes API conventions.
 */
import type { Resource, ResourceRef } from '@millrace/api';
import type { LabelSelector } from './selector.ts';

/** Objects of one kind. `apiVersion` names the group and the version they are given in. */
export interface Selection {
  readonly apiVersion: string;
  readonly kind: string;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labels?: LabelSelector;
  /** `metadata.name` of a field selector. */
  readonly name?: string;
}

export interface ResourceList {
  /** The store's version as of this list: a watch from here misses nothing. */
  readonly resourceVersion: string;
  /** By namespace, then name. */
  readonly items: readonly Resource[];
}

export type WatchEvent =
  | { readonly kind: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: Resource }
  /** Nothing of this selection changed up to this version: a watch may go on from here. */
  | { readonly kind: 'BOOKMARK'; readonly resourceVersion: string };

export interface WatchOptions {
  /** Changes after this version. Absent: the present objects as ADDED, then changes. */
  readonly resourceVersion?: string;
  readonly bookmarks?: boolean;
}

/** A running watch. Iterating throws `StoreError` (`gone`) when changes were missed: list again. */
export interface Watch extends AsyncIterable<WatchEvent> {
  /** Ends it: the iteration is done. Idempotent. */
  stop(): void;
}

export type PropagationPolicy = 'Background' | 'Foreground' | 'Orphan';

export interface DeleteOptions {
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  /** `Background` unless told otherwise. */
  readonly propagation?: PropagationPolicy;
  readonly dryRun?: boolean;
}

/** `merge`: RFC 7396. `json`: RFC 6902. `strategic`: as `kubectl` sends for core kinds. `apply`: server-side apply. */
export interface Patch {
  readonly kind: 'merge' | 'json' | 'strategic' | 'apply';
  readonly body: unknown;
}

export interface WriteOptions {
  /** Does all but the write. */
  readonly dryRun?: boolean;
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: 'status';
}

export interface DeleteResult {
  readonly object: Resource;
  /** False while finalizers or dependents hold it. */
  readonly removed: boolean;
}

export interface ResourceStore {
  /** Undefined when there is no such object. */
  get(ref: ResourceRef): Promise<Resource | undefined>;
  list(selection: Selection): Promise<ResourceList>;
  watch(selection: Selection, options?: WatchOptions): Watch;
  /** `metadata.generateName` is completed when there is no name. */
  create(resource: Resource, options?: WriteOptions): Promise<Resource>;
  update(resource: Resource, options?: WriteOptions): Promise<Resource>;
  updateStatus(resource: Resource, options?: WriteOptions): Promise<Resource>;
  patch(ref: ResourceRef, patch: Patch, options?: PatchOptions): Promise<Resource>;
  delete(ref: ResourceRef, options?: DeleteOptions): Promise<DeleteResult>;
  close(): Promise<void>;
}
