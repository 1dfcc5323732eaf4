/**
 * Who looked at what: so that an object is reconciled again when something it depends on comes, changes or goes.
 *
 * Nobody declares dependencies. A reconciler reads through a reader that remembers what was asked for, present or not.
 */
import type { Resource, ResourceRef } from '@millrace/api';
import { type ObjectKey, objectKey } from '../store/keys.ts';

/** Objects as a reconciler sees them. */
export type ReadResource = (ref: ResourceRef) => Resource | undefined;

/** What one object depends on, while it is reconciled. */
export interface Look {
  readonly read: ReadResource;
  /** The look is over: what earlier looks saw and this one did not is no longer depended on. */
  end(): void;
}

export class Tracker {
  readonly #seenBy = new Map<ObjectKey, Set<ObjectKey>>();
  /** A handful each: a list is a fraction of a set. */
  readonly #saw = new Map<ObjectKey, readonly ObjectKey[]>();

  /**
   * A reader that tracks what it is asked for, at once: a change while the object is still being reconciled must bring
   * it again.
   */
  look(looker: ObjectKey, read: ReadResource): Look {
    const seen = new Set<ObjectKey>();
    return {
      read: (ref) => {
        const key = objectKey(ref);
        if (!seen.has(key)) {
          seen.add(key);
          this.#see(looker, key);
        }
        return read(ref);
      },
      end: () => this.set(looker, seen),
    };
  }

  /** From now on `looker` depends on these, and no longer on those it saw before. */
  set(looker: ObjectKey, seen: ReadonlySet<ObjectKey>): void {
    const before = this.#saw.get(looker) ?? [];
    if (before.length === seen.size && before.every((key) => seen.has(key))) return;
    for (const key of before) {
      if (seen.has(key)) continue;
      const lookers = this.#seenBy.get(key);
      lookers?.delete(looker);
      if (lookers?.size === 0) this.#seenBy.delete(key);
    }
    for (const key of seen) this.#see(looker, key);
    if (seen.size === 0) this.#saw.delete(looker);
    else this.#saw.set(looker, Array.from(seen));
  }

  forget(looker: ObjectKey): void {
    this.set(looker, new Set());
  }

  lookersAt(key: ObjectKey): readonly ObjectKey[] {
    return [...(this.#seenBy.get(key) ?? [])];
  }

  #see(looker: ObjectKey, key: ObjectKey): void {
    const lookers = this.#seenBy.get(key);
    if (lookers === undefined) this.#seenBy.set(key, new Set([looker]));
    else lookers.add(looker);
    const saw = this.#saw.get(looker);
    if (saw === undefined) this.#saw.set(looker, [key]);
    else if (!saw.includes(key)) this.#saw.set(looker, saw.concat(key));
  }
}
