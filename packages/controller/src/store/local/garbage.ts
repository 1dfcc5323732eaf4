/**
 * Who depends on whom: owner references by the owner's UID (S7 of the store port).
 *
 * Source: Kubernetes' garbage collection. An owner whose kind is not kept here is taken to exist: it cannot be known.
 */
import { findKind, type OwnerReference, type Resource } from '@millrace/api';
import { keyOf, type ObjectKey } from '../keys.ts';

export class Ownership {
  readonly #dependents = new Map<string, Set<ObjectKey>>();
  readonly #byUid = new Map<string, Resource>();

  /** Notes that an object is now `after`, and was `before`. */
  change(before: Resource | undefined, after: Resource | undefined): void {
    if (before !== undefined) {
      if (before.metadata.uid !== undefined) this.#byUid.delete(before.metadata.uid);
      for (const owner of before.metadata.ownerReferences ?? []) {
        const set = this.#dependents.get(owner.uid);
        set?.delete(keyOf(before));
        if (set?.size === 0) this.#dependents.delete(owner.uid);
      }
    }
    if (after === undefined) return;
    if (after.metadata.uid !== undefined) this.#byUid.set(after.metadata.uid, after);
    for (const owner of after.metadata.ownerReferences ?? []) {
      const set = this.#dependents.get(owner.uid) ?? new Set();
      set.add(keyOf(after));
      this.#dependents.set(owner.uid, set);
    }
  }

  dependentsOf(uid: string | undefined): readonly ObjectKey[] {
    return uid === undefined ? [] : [...(this.#dependents.get(uid) ?? [])];
  }

  byUid(uid: string): Resource | undefined {
    return this.#byUid.get(uid);
  }

  /** The owners that are there: the same UID, kind and name, and in reach. */
  presentOwners(resource: Resource): readonly OwnerReference[] {
    return (resource.metadata.ownerReferences ?? []).filter((owner) => this.#isPresent(owner, resource));
  }

  /** True when an object names owners and none of them is there. */
  isOrphan(resource: Resource): boolean {
    const owners = resource.metadata.ownerReferences ?? [];
    return owners.length > 0 && this.presentOwners(resource).length === 0;
  }

  #isPresent(owner: OwnerReference, dependent: Resource): boolean {
    if (findKind(owner.apiVersion, owner.kind).kind === 'error') return true;
    const found = this.#byUid.get(owner.uid);
    if (found === undefined || found.kind !== owner.kind || found.metadata.name !== owner.name) return false;
    const { namespace } = found.metadata;
    return namespace === undefined || namespace === dependent.metadata.namespace;
  }
}
