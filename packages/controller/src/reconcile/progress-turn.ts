/** Who has a turn at being written, where there are more than may be: in rotation, and without a list of all. */
export class ProgressTurn<T extends { readonly uid: string }> {
  readonly #max: number;
  /** The last one of the turn before. */
  #last = '';
  #isBehind = false;
  #first: T[] = [];
  #behind: T[] = [];

  constructor(max: number) {
    this.#max = max;
  }

  /** One more could have its turn: else it need not be made. */
  get hasRoom(): boolean {
    return (this.#isBehind ? this.#behind : this.#first).length < this.#max;
  }

  add(entry: T): void {
    (this.#isBehind ? this.#behind : this.#first).push(entry);
  }

  /** Each object was looked at, in the same order each time, whether it was added or not. */
  passed(uid: string): void {
    if (uid === this.#last) this.#isBehind = true;
  }

  /** Those behind the last one of the turn before, and on from the beginning. */
  end(): readonly T[] {
    const turn = [...this.#behind, ...this.#first].slice(0, this.#max);
    this.#last = turn.at(-1)?.uid ?? '';
    this.#isBehind = false;
    this.#first = [];
    this.#behind = [];
    return turn;
  }
}
