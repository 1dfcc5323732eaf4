/**
 * The changes a store remembers, for watches to follow: bounded, in memory.
 *
 * H1. Changes are kept in the order of their versions; the oldest go when there are more than the limit.
 * H2. A watch holds no queue of its own: it holds a version and reads on from there, so a slow one costs nothing. One
 *     that falls behind what is kept is told so (`gone`).
 */
import type { Resource } from '@millrace/api';

export interface Change {
  readonly version: number;
  readonly kindKey: string;
  /** Absent: it was made by this change. */
  readonly before?: Resource;
  /** The object after the change; for a removal, as it last was. */
  readonly after: Resource;
  readonly removed: boolean;
}

/** A change as it is kept: of what was there before only what a selection asks for. */
export interface KeptChange extends Omit<Change, 'before'> {
  readonly before?: Pick<Resource, 'metadata'>;
}

/** Changes kept for watches. At about 2 KiB each this is 8 MiB at most; 10,000 objects made at once outrun a watch only if it stands still. */
export const historyChangesMax = 4096;

export class ChangeHistory {
  readonly #limit: number;
  #changes: KeptChange[] = [];
  /** Position of the first kept change, counted from the beginning of this run. */
  #first = 0;
  /** Changes after this version are all kept. */
  #since: number;
  readonly #waiting = new Set<() => void>();

  constructor(since: number, limit: number = historyChangesMax) {
    this.#since = since;
    this.#limit = limit;
  }

  push(changes: readonly Change[]): void {
    for (const change of changes) this.#changes.push(kept(change));
    // Cutting only when twice the limit is reached makes it cheap (H1).
    if (this.#changes.length > 2 * this.#limit) {
      const cut = this.#changes.length - this.#limit;
      this.#since = this.#changes[cut - 1]?.version ?? this.#since;
      this.#changes = this.#changes.slice(cut);
      this.#first += cut;
    }
    this.wake();
  }

  /** The position to read on from for changes after this version; undefined when they are not all kept any more. */
  positionAfter(version: number): number | undefined {
    if (version < this.#since) return undefined;
    let low = 0;
    let high = this.#changes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#changes[middle]?.version ?? 0) <= version) low = middle + 1;
      else high = middle;
    }
    return this.#first + low;
  }

  /** The change at a position; undefined at the end; `gone` when it is not kept any more (H2). */
  at(position: number): KeptChange | 'gone' | undefined {
    if (position < this.#first) return 'gone';
    return this.#changes[position - this.#first];
  }

  /** The position the next change gets. */
  get end(): number {
    return this.#first + this.#changes.length;
  }

  /** Resolves at the next change, or when `wake` is called. */
  next(): { readonly promise: Promise<void>; readonly cancel: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    return {
      promise,
      cancel: () => {
        this.#waiting.delete(resolve);
        resolve();
      },
    };
  }

  wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** H1 bounds what is kept: statuses that were written over do not count twice. */
function kept(change: Change): KeptChange {
  if (change.before === undefined) return change;
  const { name, namespace, labels } = change.before.metadata;
  const metadata = {
    name,
    ...(namespace === undefined ? {} : { namespace }),
    ...(labels === undefined ? {} : { labels }),
  };
  return { ...change, before: { metadata } };
}
