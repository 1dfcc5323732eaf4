/**
 * All objects of the kinds that reconcilers know, kept in step with the store by list and watch.
 *
 * W1. A change is told once it is in the cache, so whoever is told sees it and everything before it of that kind.
 * W2. A watch that ends for whatever reason is begun again: from where it was, or by a new list when changes were missed.
 * W3. An older object never replaces a newer one: what a writer hands in and what a watch brings may cross.
 */
import type { Resource, ResourceRef } from '@millrace/api';
import type { Clock, Logger } from '@millrace/runtime';
import { keyOf, kindKey, type ObjectKey, objectKey } from '../store/keys.ts';
import type { ResourceStore, Watch } from '../store/store.ts';
import { isStoreError } from '../store/store-error.ts';

/** Wait before a failed list or watch is tried again. */
const againMs = 1_000;

export interface CachedKind {
  readonly apiVersion: string;
  readonly kind: string;
}

export interface CacheOptions {
  readonly store: ResourceStore;
  readonly kinds: readonly CachedKind[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** `after` is absent when the object was removed, `before` when it is new. */
  readonly onChange: (before: Resource | undefined, after: Resource | undefined) => void;
}

export class ResourceCache {
  readonly #options: CacheOptions;
  readonly #objects = new Map<string, Map<ObjectKey, Resource>>();
  readonly #watches = new Map<string, Watch>();
  readonly #followers: Promise<void>[] = [];
  readonly #waiting = new Set<() => void>();
  #version = 0;
  #stopped = false;

  constructor(options: CacheOptions) {
    this.#options = options;
  }

  /** Resolves when every kind was listed; then goes on to follow changes. Rejects when the first list fails. */
  async start(): Promise<void> {
    await Promise.all(
      this.#options.kinds.map(async (kind) => {
        const version = await this.#list(kind);
        this.#followers.push(this.#follow(kind, version));
      }),
    );
  }

  get(ref: ResourceRef): Resource | undefined {
    return this.#objects.get(kindKey(ref.apiVersion, ref.kind))?.get(objectKey(ref));
  }

  byKey(key: ObjectKey): Resource | undefined {
    return this.#objects.get(key.split('|').slice(0, 2).join('|'))?.get(key);
  }

  all(): readonly Resource[] {
    return [...this.#objects.values()].flatMap((objects) => [...objects.values()]);
  }

  /** Those that are wanted, without a list of all. */
  filter(isWanted: (object: Resource) => boolean): readonly Resource[] {
    const wanted: Resource[] = [];
    for (const objects of this.#objects.values()) {
      objects.forEach((object) => {
        if (isWanted(object)) wanted.push(object);
      });
    }
    return wanted;
  }

  /** The greatest version seen. */
  get version(): number {
    return this.#version;
  }

  /** Takes in an object that the store just gave back for a write, before the watch brings it (W3). */
  accept(object: Resource): void {
    this.#put(object);
  }

  /** Resolves at the next change, or after `limitMs`. */
  next(limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer(limitMs, () => done());
      const done = () => {
        timer.cancel();
        this.#waiting.delete(done);
        resolve();
      };
      this.#waiting.add(done);
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const watch of this.#watches.values()) watch.stop();
    this.#wake();
    await Promise.allSettled(this.#followers);
  }

  async #list(kind: CachedKind): Promise<string> {
    const { resourceVersion, items } = await this.#options.store.list(kind);
    const present = new Set(items.map(keyOf));
    for (const object of this.#ofKind(kind).values()) {
      if (!present.has(keyOf(object))) this.#remove(object);
    }
    for (const object of items) this.#put(object);
    this.#seen(resourceVersion);
    return resourceVersion;
  }

  /** W2. */
  async #follow(kind: CachedKind, from: string): Promise<void> {
    let version: string | undefined = from;
    while (!this.#stopped) {
      try {
        version ??= await this.#list(kind);
        const watch = this.#options.store.watch(kind, { resourceVersion: version, bookmarks: true });
        this.#watches.set(kindKey(kind.apiVersion, kind.kind), watch);
        for await (const event of watch) {
          if (event.kind === 'BOOKMARK') version = event.resourceVersion;
          else {
            version = event.object.metadata.resourceVersion ?? version;
            if (event.kind === 'DELETED') this.#remove(event.object);
            else this.#put(event.object);
          }
          this.#seen(version);
          if (this.#stopped) break;
        }
      } catch (error) {
        if (this.#stopped) return;
        if (isStoreError(error, 'gone')) version = undefined;
        else {
          this.#options.logger.warn('watching resources failed; it is tried again', { kind: kind.kind, error });
          await this.#pause();
        }
      }
    }
  }

  #pause(): Promise<void> {
    return this.next(againMs);
  }

  #put(object: Resource): void {
    const key = keyOf(object);
    const objects = this.#ofKind(object);
    const before = objects.get(key);
    if (before !== undefined && versionOf(before) >= versionOf(object)) return; // W3
    objects.set(key, object);
    this.#options.onChange(before, object);
    this.#wake();
  }

  #remove(object: Resource): void {
    const objects = this.#ofKind(object);
    const before = objects.get(keyOf(object));
    if (before === undefined || versionOf(before) > versionOf(object)) return; // W3
    objects.delete(keyOf(object));
    this.#options.onChange(before, undefined);
    this.#wake();
  }

  #seen(version: string | undefined): void {
    const number = Number(version);
    if (Number.isFinite(number) && number > this.#version) this.#version = number;
    this.#wake();
  }

  #wake(): void {
    for (const done of [...this.#waiting]) done();
  }

  #ofKind({ apiVersion, kind }: CachedKind): Map<ObjectKey, Resource> {
    const key = kindKey(apiVersion, kind);
    const known = this.#objects.get(key);
    if (known !== undefined) return known;
    const made = new Map<ObjectKey, Resource>();
    this.#objects.set(key, made);
    return made;
  }
}

/** Versions of this store are numbers; one that has none is the oldest. */
function versionOf(object: Resource): number {
  const version = Number(object.metadata.resourceVersion);
  return Number.isFinite(version) ? version : 0;
}
