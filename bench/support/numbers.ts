/**
 * How often each numbered event was seen, small enough to be handed from process to process.
 *
 * N1. How many different numbers there are is counted as they come: asking for it costs nothing, whatever the length.
 */

/** One byte a number; counting stops at 255. */
export class Counts {
  readonly #bytes: Uint8Array;
  #distinct = 0;

  constructor(length: number | Uint8Array) {
    this.#bytes = typeof length === 'number' ? new Uint8Array(length) : length;
    if (typeof length !== 'number') for (const count of length) if (count > 0) this.#distinct++;
  }

  static decode(text: string): Counts {
    return new Counts(Buffer.from(text, 'base64'));
  }

  encode(): string {
    return Buffer.from(this.#bytes).toString('base64');
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Numbers that are out of range are not counted: answers false. */
  add(number: number): boolean {
    const count = this.#bytes[number];
    if (count === undefined) return false;
    if (count === 0) this.#distinct++; // N1
    if (count < 255) this.#bytes[number] = count + 1;
    return true;
  }

  of(number: number): number {
    return this.#bytes[number] ?? 0;
  }

  /** How many numbers were seen at least once. */
  distinct(): number {
    return this.#distinct;
  }

  /** Sightings beyond the first of each number. */
  repeated(): number {
    return this.#bytes.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  }

  /**
   * Numbers that these have and the others have not; the others may hold them for several subscribers one after the
   * other, each of which must have them: number n of subscriber t stands at t × length + n.
   */
  missingFrom(others: Counts): readonly number[] {
    const missing: number[] = [];
    const targets = Math.max(1, Math.round(others.length / Math.max(1, this.length)));
    for (let target = 0; target < targets; target++) {
      const first = target * this.length;
      for (let number = 0; number < this.length; number++)
        if (this.of(number) > 0 && others.of(first + number) === 0) missing.push(first + number);
    }
    return missing;
  }
}
