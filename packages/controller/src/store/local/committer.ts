/**
 * From a write that was decided to one that is durable: many in one transaction, in the order of their versions.
 *
 * K1. Writes are decided against the head: what is stored with what is on its way. No await stands between reading the
 *     head and submitting, so decisions are serial without a lock.
 * K2. Reads see only what is committed: nothing that a crash could take back.
 * K3. When a transaction fails, everything on its way is refused, since it may build on what was lost.
 */
import type { Resource } from '@millrace/api';
import { deepFreeze, SharedValues } from '../json.ts';
import { keyOf, kindKey, type ObjectKey } from '../keys.ts';
import { StoreError } from '../store-error.ts';
import type { Change } from './history.ts';
import type { Persistence } from './persistence.ts';
import { withVersion } from './write-rules.ts';

/** Writes in one transaction: enough that the flush is shared by many, small enough that nobody waits long. */
const transactionWritesMax = 500;
/** Writes on their way. More come only from a runaway client; they are told to wait. */
const pendingWritesMax = 50_000;

interface Submitted {
  readonly key: ObjectKey;
  readonly change: Change;
  readonly resolve: (object: Resource) => void;
  readonly reject: (error: StoreError) => void;
}

export class Committer {
  readonly #persistence: Persistence;
  readonly #onCommit: (changes: readonly Change[]) => void;
  readonly #objects = new Map<string, Map<ObjectKey, Resource>>();
  /** What is on its way, by key; undefined: a removal. */
  readonly #pending = new Map<ObjectKey, { readonly object: Resource | undefined; readonly version: number }>();
  readonly #shared = new SharedValues();
  #queue: Submitted[] = [];
  #given: number;
  #committed: number;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(persistence: Persistence, onCommit: (changes: readonly Change[]) => void) {
    this.#persistence = persistence;
    this.#onCommit = onCommit;
    const { version, objects } = persistence.load();
    // Not 0: in a watch that stands for "from whatever there is".
    this.#given = Math.max(1, version);
    this.#committed = this.#given;
    for (const object of objects) this.#kind(object).set(keyOf(object), deepFreeze(object, this.#shared));
  }

  /** The version of what is committed. */
  get version(): number {
    return this.#committed;
  }

  /** What is committed (K2). */
  get(kind: string, key: ObjectKey): Resource | undefined {
    return this.#objects.get(kind)?.get(key);
  }

  ofKind(kind: string): Iterable<Resource> {
    return this.#objects.get(kind)?.values() ?? [];
  }

  *all(): Iterable<Resource> {
    for (const objects of this.#objects.values()) yield* objects.values();
  }

  /** What will be there when all that is on its way is committed (K1). */
  head(kind: string, key: ObjectKey): Resource | undefined {
    const pending = this.#pending.get(key);
    return pending === undefined ? this.get(kind, key) : pending.object;
  }

  /** Writes an object in place of what the head has for its key. Resolves with it when it is durable. */
  put(key: ObjectKey, object: Resource): Promise<Resource> {
    return this.#submit(key, object, false);
  }

  /** Removes an object, given as it last was. */
  remove(key: ObjectKey, object: Resource): Promise<Resource> {
    return this.#submit(key, object, true);
  }

  /** Waits for what is on its way and takes nothing more. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  #submit(key: ObjectKey, wanted: Resource, removed: boolean): Promise<Resource> {
    if (this.#closed) return Promise.reject(new StoreError('failed', 'the store is closed'));
    if (this.#queue.length >= pendingWritesMax) {
      return Promise.reject(new StoreError('failed', 'too many writes are under way: try again'));
    }
    this.#given += 1;
    const after = deepFreeze(withVersion(wanted, this.#given), this.#shared);
    const kind = kindKey(wanted.apiVersion, wanted.kind);
    const before = this.head(kind, key);
    this.#pending.set(key, { object: removed ? undefined : after, version: this.#given });
    const change: Change = {
      version: this.#given,
      kindKey: kind,
      ...(before === undefined ? {} : { before }),
      after,
      removed,
    };
    const { promise, resolve, reject } = Promise.withResolvers<Resource>();
    this.#queue.push({ key, change, resolve, reject });
    this.#running ??= this.#run();
    return promise;
  }

  async #run(): Promise<void> {
    // Writes of the same turn of the event loop share the first transaction.
    await Promise.resolve();
    while (this.#queue.length > 0) {
      const batch = this.#queue.splice(0, transactionWritesMax);
      try {
        await this.#persistence.write(writeOf(batch));
      } catch (error) {
        this.#refuseAll(batch, error);
        continue;
      }
      this.#commit(batch);
    }
    this.#running = undefined;
  }

  #commit(batch: readonly Submitted[]): void {
    for (const { key, change } of batch) {
      const objects = this.#kind(change.after);
      if (change.removed) objects.delete(key);
      else objects.set(key, change.after);
      if (this.#pending.get(key)?.version === change.version) this.#pending.delete(key);
      this.#committed = change.version;
    }
    this.#onCommit(batch.map(({ change }) => change));
    for (const { change, resolve } of batch) resolve(change.after);
  }

  /** K3. */
  #refuseAll(batch: readonly Submitted[], cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const error = new StoreError('failed', `the resources cannot be written: ${reason}`, { cause });
    const lost = [...batch, ...this.#queue.splice(0)];
    this.#pending.clear();
    for (const { reject } of lost) reject(error);
  }

  #kind(object: Resource): Map<ObjectKey, Resource> {
    const kind = kindKey(object.apiVersion, object.kind);
    const known = this.#objects.get(kind);
    if (known !== undefined) return known;
    const made = new Map<ObjectKey, Resource>();
    this.#objects.set(kind, made);
    return made;
  }
}

/** What a batch leaves behind: of several writes to one object only the last counts. */
function writeOf(batch: readonly Submitted[]) {
  const last = new Map(batch.map(({ key, change }) => [key, change]));
  const changes = [...last].map(([key, change]) => ({ key, change }));
  return {
    version: batch.at(-1)?.change.version ?? 0,
    put: changes.filter(({ change }) => !change.removed).map(({ key, change }) => ({ key, object: change.after })),
    remove: changes.filter(({ change }) => change.removed).map(({ key }) => key),
  };
}
