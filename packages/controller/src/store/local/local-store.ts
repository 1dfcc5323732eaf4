/**
 * The local resource store: every object in memory, every change durable before it is seen.
 *
 * It does what an API server with Knative's webhooks does: defaults, validation, versions, generations, finalizers,
 * owner references, watches. A namespace that is not there is made with the first object in it, since in local mode
 * nobody should have to declare one.
 *
 * The invariants are those of the port (S1–S8); the committer keeps S1, the write rules S2–S6, the collector S7, the
 * history S8.
 */
import { findKind, formatTime, type KindDefinition, type Resource, type ResourceRef } from '@millrace/api';
import type { Clock, Logger, Random } from '@millrace/runtime';
import { keyOf, kindKey, type ObjectKey, objectKey, versionOf } from '../keys.ts';
import { applyPatch } from '../patch.ts';
import type {
  DeleteOptions,
  DeleteResult,
  Patch,
  PatchOptions,
  ResourceList,
  ResourceStore,
  Selection,
  Watch,
  WatchOptions,
  WriteOptions,
} from '../store.ts';
import { StoreError } from '../store-error.ts';
import { Admission } from './admission.ts';
import { Collector } from './collector.ts';
import { Committer } from './committer.ts';
import { Ownership } from './garbage.ts';
import { type Change, ChangeHistory } from './history.ts';
import type { Notes, Persistence } from './persistence.ts';
import { isSelected, startWatch } from './watcher.ts';
import {
  conflict,
  foregroundFinalizer,
  markedForDeletion,
  mayGo,
  newObject,
  sameButVersion,
  updatedObject,
  withStatus,
} from './write-rules.ts';

export interface LocalStoreOptions {
  readonly persistence: Persistence;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Changes kept for watches; `historyChangesMax` unless told otherwise. */
  readonly historyChanges?: number;
}

/** Names tried for `generateName`: with five random letters and digits the second one is all but never needed. */
const generatedNamesMax = 8;

export class LocalStore implements ResourceStore {
  readonly #options: LocalStoreOptions;
  readonly #committer: Committer;
  readonly #history: ChangeHistory;
  readonly #owners = new Ownership();
  readonly #collector: Collector;
  readonly #admission: Admission;

  constructor(options: LocalStoreOptions) {
    this.#options = options;
    this.#committer = new Committer(options.persistence, (changes) => this.#follow(changes));
    this.#history = new ChangeHistory(this.#committer.version, options.historyChanges);
    this.#admission = new Admission(options.logger);
    this.#collector = new Collector(
      {
        head: (key) => this.#head(key),
        all: () => this.#committer.all(),
        remove: (object) => this.#delete(object, {}),
        replace: (object) => this.#write(object),
      },
      this.#owners,
      options.logger,
    );
    for (const object of this.#committer.all()) {
      this.#owners.change(undefined, object);
      this.#admission.observe(object);
    }
    this.#collector.scan();
  }

  /** Small durable values beside the objects. */
  get notes(): Notes {
    return this.#options.persistence.notes;
  }

  /** Resolves when no removal that follows from another one is under way. */
  settled(): Promise<void> {
    return this.#collector.idle();
  }

  async get(ref: ResourceRef): Promise<Resource | undefined> {
    const kind = requireKind(ref.apiVersion, ref.kind);
    const object = this.#committer.get(kindKey(ref.apiVersion, ref.kind), objectKey(ref));
    return object && serve(kind, ref.apiVersion, object);
  }

  async list(selection: Selection): Promise<ResourceList> {
    const kind = requireKind(selection.apiVersion, selection.kind);
    const items = this.#selected(selection).map((object) => serve(kind, selection.apiVersion, object));
    return { resourceVersion: String(this.#committer.version), items };
  }

  watch(selection: Selection, options: WatchOptions = {}): Watch {
    const kind = requireKind(selection.apiVersion, selection.kind);
    const { resourceVersion } = options;
    const fromNow = resourceVersion === undefined || resourceVersion === '' || resourceVersion === '0';
    if (!fromNow && !/^\d{1,15}$/.test(resourceVersion)) {
      throw new StoreError('invalid', `invalid resource version "${resourceVersion}": expected a number`);
    }
    const version = fromNow ? this.#committer.version : Number(resourceVersion);
    if (version > this.#committer.version) {
      throw new StoreError('gone', `too large resource version: ${resourceVersion}: list again`);
    }
    return startWatch({
      history: this.#history,
      selection,
      kindKey: kindKey(selection.apiVersion, selection.kind),
      version,
      present: fromNow ? this.#selected(selection) : [],
      bookmarks: options.bookmarks ?? false,
      serve: (object) => serve(kind, selection.apiVersion, object),
    });
  }

  async create(resource: Resource, options: WriteOptions = {}): Promise<Resource> {
    const kind = requireKind(resource.apiVersion, resource.kind);
    const { object, key } = this.#named(kind, resource);
    const { namespace, name } = object.metadata;
    if (this.#head(key) !== undefined) {
      throw new StoreError(
        'already-exists',
        `${kind.plural}${dotGroup(kind)} "${name}" already exists`,
        details(kind, name),
      );
    }
    if (namespace !== undefined) this.#requireNamespace(namespace, options);
    if (options.dryRun === true) return serve(kind, resource.apiVersion, object);
    return serve(kind, resource.apiVersion, await this.#committer.put(key, object));
  }

  async update(resource: Resource, options: WriteOptions = {}): Promise<Resource> {
    const kind = requireKind(resource.apiVersion, resource.kind);
    const stored = this.#require(kind, resource);
    if (resource.metadata.resourceVersion === undefined && kind.group !== '') {
      throw new StoreError(
        'invalid',
        `${kind.plural}${dotGroup(kind)} "${resource.metadata.name}" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update`,
        details(kind, resource.metadata.name),
      );
    }
    return this.#update(kind, stored, resource, options);
  }

  async updateStatus(resource: Resource, options: WriteOptions = {}): Promise<Resource> {
    const kind = requireKind(resource.apiVersion, resource.kind);
    const stored = this.#require(kind, resource);
    const next = withStatus(stored, resource);
    return serve(kind, resource.apiVersion, await this.#write(next, options, stored));
  }

  async patch(ref: ResourceRef, patch: Patch, options: PatchOptions = {}): Promise<Resource> {
    const kind = requireKind(ref.apiVersion, ref.kind);
    const stored = this.#head(objectKey(ref));
    if (stored === undefined) {
      if (patch.kind !== 'apply' || options.subresource !== undefined) throw notFound(kind, ref.name);
      return this.create(applied(ref, patch.body), options);
    }
    const current = serve(kind, ref.apiVersion, stored);
    const patched = applyPatch(current, patch) as Resource;
    if (!sameIdentity(current, patched)) {
      throw new StoreError(
        'invalid',
        'the patch must not change apiVersion, kind, metadata.name or metadata.namespace',
      );
    }
    if (options.subresource === 'status') {
      return serve(kind, ref.apiVersion, await this.#write(withStatus(stored, patched), options, stored));
    }
    return this.#update(kind, stored, patched, options);
  }

  async delete(ref: ResourceRef, options: DeleteOptions = {}): Promise<DeleteResult> {
    const kind = requireKind(ref.apiVersion, ref.kind);
    const stored = this.#head(objectKey(ref));
    if (stored === undefined) throw notFound(kind, ref.name);
    const { uid, resourceVersion } = options.preconditions ?? {};
    if (uid !== undefined && uid !== stored.metadata.uid) {
      throw conflict(
        stored,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stored.metadata.uid ?? ''}`,
      );
    }
    if (resourceVersion !== undefined && resourceVersion !== stored.metadata.resourceVersion) {
      throw conflict(stored, `Precondition failed: the object is at version ${stored.metadata.resourceVersion ?? ''}`);
    }
    if (options.dryRun === true) return { object: serve(kind, ref.apiVersion, stored), removed: true };
    if (kind.kind === 'Namespace' && ref.name === 'default') {
      throw new StoreError(
        'forbidden',
        'namespaces "default" is forbidden: this namespace may not be deleted',
        details(kind, ref.name),
      );
    }
    const result = await this.#delete(stored, options);
    return { ...result, object: serve(kind, ref.apiVersion, result.object) };
  }

  async close(): Promise<void> {
    await this.#committer.close();
    await this.#collector.idle();
    await this.#options.persistence.close();
  }

  /** A new object with name, defaults and identity, valid. */
  #named(kind: KindDefinition, resource: Resource): { object: Resource; key: ObjectKey } {
    const { clock, random } = this.#options;
    const { generateName } = resource.metadata as { generateName?: unknown };
    const generated = (resource.metadata.name ?? '') === '' && typeof generateName === 'string' && generateName !== '';
    const birth = { uid: random.uuid(), timestamp: formatTime(clock.now()) };
    for (let tried = 1; ; tried++) {
      const name = generated ? `${generateName}${random.uuid().slice(0, 5)}` : resource.metadata.name;
      // Defaults may be named by the UID: it is there for them as it is for later writes.
      const named = { ...resource, metadata: { ...resource.metadata, name, uid: birth.uid } };
      const admitted = this.#admission.admit(named);
      const object = newObject(admitted, birth, hasStatus(kind));
      const key = keyOf(object);
      if (!generated || tried >= generatedNamesMax || this.#head(key) === undefined) return { object, key };
    }
  }

  async #update(kind: KindDefinition, stored: Resource, wanted: Resource, options: WriteOptions): Promise<Resource> {
    // Stale before invalid: who lost a race must read again, not mend his object.
    updatedObject(stored, wanted);
    const { uid = '' } = stored.metadata;
    const named = { ...wanted, metadata: { ...wanted.metadata, uid } };
    const next = updatedObject(stored, this.#admission.admit(named, stored));
    return serve(kind, wanted.apiVersion, await this.#write(next, options, stored));
  }

  /** Stores an object in place of the present one; removes it when it may go (S6); does nothing when nothing changed (S2). */
  async #write(next: Resource, options: WriteOptions = {}, stored = this.#head(keyOf(next))): Promise<Resource> {
    if (stored !== undefined && sameButVersion(stored, next) && !mayGo(next)) return stored;
    if (options.dryRun === true) return next;
    const key = keyOf(next);
    return mayGo(next) ? this.#committer.remove(key, next) : this.#committer.put(key, next);
  }

  async #delete(stored: Resource, options: DeleteOptions): Promise<DeleteResult> {
    const timestamp = formatTime(this.#options.clock.now());
    const dependents = this.#owners.dependentsOf(stored.metadata.uid);
    if (options.propagation === 'Orphan') await Promise.all(dependents.map((key) => this.#disown(key, stored)));
    const head = this.#head(keyOf(stored)) ?? stored;
    const waits = options.propagation === 'Foreground' && dependents.length > 0;
    const isNamespace = stored.kind === 'Namespace' && stored.apiVersion === 'v1';
    const holder = waits ? foregroundFinalizer : isNamespace ? 'kubernetes' : undefined;
    const marked = markedForDeletion(head, timestamp, holder);
    const next = isNamespace ? { ...marked, status: { ...marked.status, phase: 'Terminating' } } : marked;
    return { object: await this.#write(next, {}, head), removed: mayGo(next) };
  }

  #disown(key: ObjectKey, owner: Resource): Promise<unknown> {
    const dependent = this.#head(key);
    if (dependent === undefined) return Promise.resolve();
    const ownerReferences = (dependent.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    const { ownerReferences: _, ...metadata } = dependent.metadata;
    return this.#write({
      ...dependent,
      metadata: ownerReferences.length === 0 ? metadata : { ...metadata, ownerReferences },
    });
  }

  /** In local mode a namespace comes into being with the first object in it. */
  #requireNamespace(name: string, options: WriteOptions): void {
    const present = this.#head(objectKey({ apiVersion: 'v1', kind: 'Namespace', name }));
    if (present?.metadata.deletionTimestamp !== undefined) {
      throw new StoreError(
        'forbidden',
        `unable to create new content in namespace ${name} because it is being terminated`,
      );
    }
    if (present !== undefined || options.dryRun === true) return;
    const { clock, random } = this.#options;
    const admitted = this.#admission.admit({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    const object = newObject(admitted, { uid: random.uuid(), timestamp: formatTime(clock.now()) }, true);
    void this.#committer.put(keyOf(object), { ...object, status: { phase: 'Active' } }).catch(() => {
      // The write of the object that needed it is in the same transaction and tells.
    });
  }

  #follow(changes: readonly Change[]): void {
    for (const { before, after, removed } of changes) {
      this.#owners.change(before, removed ? undefined : after);
      this.#admission.observe(after, removed);
    }
    this.#history.push(changes);
    this.#collector.follow(changes);
  }

  #head(key: ObjectKey): Resource | undefined {
    return this.#committer.head(key.split('|').slice(0, 2).join('|'), key);
  }

  #require(kind: KindDefinition, resource: Resource): Resource {
    const namespace = kind.namespaced ? (resource.metadata.namespace ?? 'default') : undefined;
    const { apiVersion, metadata } = resource;
    const ref = { apiVersion, kind: kind.kind, name: metadata.name, ...(namespace === undefined ? {} : { namespace }) };
    const stored = this.#head(objectKey(ref));
    if (stored === undefined) throw notFound(kind, resource.metadata.name);
    return stored;
  }

  #selected(selection: Selection): Resource[] {
    const all = [...this.#committer.ofKind(kindKey(selection.apiVersion, selection.kind))];
    const place = (object: Resource) => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    return all
      .filter((object) => isSelected(selection, object))
      .sort((left, right) => (place(left) < place(right) ? -1 : 1));
  }
}

function requireKind(apiVersion: string, kind: string): KindDefinition {
  const found = findKind(apiVersion, kind);
  if (found.kind === 'ok') return found.definition;
  const { message, details: more } = found.errors[0] ?? { message: 'the kind is not known' };
  throw new StoreError('not-found', `${message}${more === undefined ? '' : ` (${more})`}`, { kind });
}

function serve(kind: KindDefinition, apiVersion: string, object: Resource): Resource {
  return kind.convert(object, versionOf(apiVersion));
}

function applied(ref: ResourceRef, body: unknown): Resource {
  const object = (applyPatch({}, { kind: 'apply', body }) ?? {}) as Resource;
  const { apiVersion, kind, namespace, name } = ref;
  return {
    ...object,
    apiVersion,
    kind,
    metadata: { ...object.metadata, name, ...(namespace === undefined ? {} : { namespace }) },
  };
}

function sameIdentity(left: Resource, right: Resource): boolean {
  return (
    typeof right.metadata === 'object' &&
    right.metadata !== null &&
    left.apiVersion === right.apiVersion &&
    left.kind === right.kind &&
    left.metadata.name === right.metadata.name &&
    left.metadata.namespace === right.metadata.namespace
  );
}

/** ConfigMaps and Secrets have neither status nor generation. */
export function hasStatus(kind: KindDefinition): boolean {
  return !(kind.group === '' && (kind.kind === 'ConfigMap' || kind.kind === 'Secret'));
}

function dotGroup(kind: KindDefinition): string {
  return kind.group === '' ? '' : `.${kind.group}`;
}

function details(kind: KindDefinition, name: string) {
  return { group: kind.group, kind: kind.plural, name };
}

function notFound(kind: KindDefinition, name: string): StoreError {
  return new StoreError('not-found', `${kind.plural}${dotGroup(kind)} "${name}" not found`, details(kind, name));
}
