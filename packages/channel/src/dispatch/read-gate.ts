/** How many reads outside the shared reader are under way at once: their batches are memory that no window counts. */
export interface GateVisitor {
  /** The gate may be open again. */
  readMore(): void;
}

export class ReadGate {
  readonly #limit: number;
  #inside = 0;
  readonly #waiting = new Set<GateVisitor>();
  #turnDue = false;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** True: go in, and `leave` in the end. False: `readMore` is called later, in the order of asking. */
  enter(visitor: GateVisitor): boolean {
    if (this.#inside >= this.#limit) {
      this.#waiting.add(visitor);
      return false;
    }
    this.#inside++;
    return true;
  }

  leave(): void {
    this.#inside--;
    if (this.#waiting.size === 0 || this.#turnDue) return;
    this.#turnDue = true;
    queueMicrotask(() => this.#turn());
  }

  forget(visitor: GateVisitor): void {
    this.#waiting.delete(visitor);
  }

  /** A visitor that has nothing to read any more does not go in, and the next one is asked. */
  #turn(): void {
    this.#turnDue = false;
    for (const visitor of this.#waiting) {
      if (this.#inside >= this.#limit) return;
      this.#waiting.delete(visitor);
      visitor.readMore();
    }
  }
}
