/**
 * What follows from a change without anybody asking: dependents go with their owners, contents with their namespace.
 *
 * G1. Level-triggered: every decision looks at what is stored now, so doing it twice or after a crash does no harm.
 * G2. An object in foreground deletion goes when no dependent that blocks it is left.
 * G3. A namespace goes when nothing is left in it.
 */
import type { Resource } from '@millrace/api';
import type { Logger } from '@millrace/runtime';
import { keyOf, type ObjectKey } from '../keys.ts';
import type { Ownership } from './garbage.ts';
import type { Change } from './history.ts';
import { foregroundFinalizer, withFinalizers } from './write-rules.ts';

/** What the collector needs of the store: the head of things, and the two writes it makes. */
export interface Collectable {
  head(key: ObjectKey): Resource | undefined;
  all(): Iterable<Resource>;
  /** Deletes as a client would, in the background. */
  remove(object: Resource): Promise<unknown>;
  /** Replaces an object, or removes it when nothing holds it any more. */
  replace(object: Resource): Promise<unknown>;
}

export class Collector {
  readonly #store: Collectable;
  readonly #owners: Ownership;
  readonly #logger: Logger;
  readonly #terminating = new Set<string>();
  readonly #underWay = new Set<Promise<unknown>>();

  constructor(store: Collectable, owners: Ownership, logger: Logger) {
    this.#store = store;
    this.#owners = owners;
    this.#logger = logger;
  }

  /** Looks at everything: at the start, for what a crash left undone (G1). */
  scan(): void {
    for (const object of this.#store.all()) this.#look(object);
    this.#namespaces();
  }

  /** Looks at what committed changes concern. */
  follow(changes: readonly Change[]): void {
    for (const { before, after, removed } of changes) {
      if (removed || after.metadata.deletionTimestamp !== undefined) this.#lookAtDependents(after);
      if (!removed) this.#look(after);
      for (const owner of before?.metadata.ownerReferences ?? []) this.#lookAtOwner(owner.uid);
    }
    if (this.#terminating.size > 0) this.#namespaces();
  }

  /** Resolves when nothing it began is under way. */
  async idle(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled([...this.#underWay]);
  }

  #look(object: Resource): void {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    if (object.kind === 'Namespace' && object.apiVersion === 'v1' && deletionTimestamp !== undefined) {
      this.#terminating.add(object.metadata.name);
    }
    if (deletionTimestamp === undefined) {
      if (this.#owners.isOrphan(object)) this.#run(() => this.#store.remove(object));
    } else if (finalizers.includes(foregroundFinalizer)) this.#foreground(object);
  }

  #lookAtDependents(owner: Resource): void {
    for (const key of this.#owners.dependentsOf(owner.metadata.uid)) {
      const dependent = this.#store.head(key);
      if (dependent !== undefined) this.#look(dependent);
    }
  }

  #lookAtOwner(uid: string): void {
    const owner = this.#owners.byUid(uid);
    const head = owner && this.#store.head(keyOf(owner));
    if (head !== undefined) this.#look(head);
  }

  /** G2: dependents are deleted first; the last blocking one to go lets the owner go. */
  #foreground(owner: Resource): void {
    const dependents = this.#owners
      .dependentsOf(owner.metadata.uid)
      .map((key) => this.#store.head(key))
      .filter((dependent) => dependent !== undefined);
    for (const dependent of dependents) {
      if (dependent.metadata.deletionTimestamp === undefined) this.#run(() => this.#store.remove(dependent));
    }
    const blocking = dependents.some((dependent) =>
      (dependent.metadata.ownerReferences ?? []).some(
        (reference) => reference.uid === owner.metadata.uid && reference.blockOwnerDeletion === true,
      ),
    );
    if (blocking) return;
    const finalizers = (owner.metadata.finalizers ?? []).filter((finalizer) => finalizer !== foregroundFinalizer);
    this.#run(() => this.#store.replace(withFinalizers(owner, finalizers)));
  }

  /** G3. */
  #namespaces(): void {
    const filled = new Map<string, Resource[]>();
    const ending: Resource[] = [];
    for (const object of this.#store.all()) {
      const { namespace, name, deletionTimestamp } = object.metadata;
      if (namespace !== undefined) filled.set(namespace, [...(filled.get(namespace) ?? []), object]);
      else if (object.kind === 'Namespace' && deletionTimestamp !== undefined) ending.push(object);
      else if (object.kind === 'Namespace') this.#terminating.delete(name);
    }
    for (const namespace of ending) {
      const contents = filled.get(namespace.metadata.name) ?? [];
      for (const object of contents) {
        if (object.metadata.deletionTimestamp === undefined) this.#run(() => this.#store.remove(object));
      }
      if (contents.length > 0) continue;
      this.#terminating.delete(namespace.metadata.name);
      this.#run(() => this.#store.replace(withFinalizers(namespace, [])));
    }
  }

  #run(action: () => Promise<unknown>): void {
    const running = action()
      // Another writer was quicker, or the store is closing: the next look decides anew (G1).
      .catch((error: unknown) => this.#logger.debug('collecting an object failed', { error }))
      .finally(() => this.#underWay.delete(running));
    this.#underWay.add(running);
  }
}
