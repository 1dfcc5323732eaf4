/**
 * What waits for an answer from another thread, by a small number that is used again. An array with a list of free places: a
 * Map under steady traffic is made anew every few hundred entries, and its old tables keep alive what they pointed at.
 */
export class Slots<T> {
  readonly #taken: (T | undefined)[] = [];
  readonly #free: number[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  put(value: T): number {
    this.#size += 1;
    const at = this.#free.pop() ?? this.#taken.length;
    this.#taken[at] = value;
    return at;
  }

  /** Gives what waits under a number, and the number back. Throws when nothing does: the other side is out of step. */
  take(at: number): T {
    const value = this.#taken[at];
    if (value === undefined) throw new Error(`nothing waits under number ${at}`);
    this.#taken[at] = undefined;
    this.#free.push(at);
    this.#size -= 1;
    return value;
  }
}
