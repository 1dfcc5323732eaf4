/** Removes a log in steps of a bounded number of keys, so that appends to other logs are not held up. */
import type { Changes, Environment } from './environment.ts';
import type { GroupCommit, Participant, Settle } from './group-commit.ts';
import { batchBound, kinds, numberKey } from './keys.ts';
import type { LocalLimits } from './limits.ts';

export interface RemovalParts {
  readonly environment: Environment;
  readonly commits: GroupCommit;
  readonly limits: LocalLimits;
}

export class Removal implements Participant {
  /** Resolves when nothing of the log is left; rejects when the disk does not take it. */
  readonly done: Promise<void>;
  readonly #parts: RemovalParts;
  readonly #number: number;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #first: boolean;

  /** `first`: the log is still in the directory. Otherwise a removal from before a crash is taken up again. */
  constructor(parts: RemovalParts, number: number, first: boolean) {
    this.#parts = parts;
    this.#number = number;
    this.#first = first;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.done = promise;
    this.#resolve = resolve;
    this.#reject = reject;
    parts.commits.ask(this);
  }

  write(changes: Changes): Settle {
    const marker = numberKey(kinds.removing, this.#number);
    if (this.#first) {
      changes.remove(numberKey(kinds.log, this.#number));
      changes.remove(numberKey(kinds.readUpTo, this.#number));
      changes.put(marker, Buffer.from([1]));
      return (outcome) => {
        if (outcome.kind === 'failed') return this.#reject(new Error(`the log cannot be removed: ${outcome.reason}`));
        this.#first = false;
        this.#parts.commits.ask(this);
      };
    }
    const limit = this.#parts.limits.removalsPerTransaction;
    const { environment } = this.#parts;
    const batches = { from: batchBound(this.#number, 0), to: batchBound(this.#number + 1, 0), limit };
    const cursors = {
      from: numberKey(kinds.cursor, this.#number),
      to: numberKey(kinds.cursor, this.#number + 1),
      limit,
    };
    const keys = [...environment.keys(batches), ...environment.keys(cursors)];
    for (const key of keys) changes.remove(key);
    if (keys.length === 0) changes.remove(marker);
    return (outcome) => {
      if (outcome.kind === 'failed') this.#reject(new Error(`the log is not wholly removed: ${outcome.reason}`));
      else if (keys.length === 0) this.#resolve();
      else this.#parts.commits.ask(this);
    };
  }
}
