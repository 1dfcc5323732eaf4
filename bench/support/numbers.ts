/** How often each numbered event was seen, small enough to be handed from process to process. */

/** One byte a number; counting stops at 255. */
export class Counts {
  readonly #bytes: Uint8Array;

  constructor(length: number | Uint8Array) {
    this.#bytes = typeof length === 'number' ? new Uint8Array(length) : length;
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
    if (count < 255) this.#bytes[number] = count + 1;
    return true;
  }

  of(number: number): number {
    return this.#bytes[number] ?? 0;
  }

  /** How many numbers were seen at least once. */
  distinct(): number {
    return this.#bytes.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  }

  /** Sightings beyond the first of each number. */
  repeated(): number {
    return this.#bytes.reduce((sum, count) => sum + Math.max(0, count - 1), 0);
  }

  /** Numbers that these have and the others have not. */
  missingFrom(others: Counts): readonly number[] {
    const missing: number[] = [];
    for (let number = 0; number < this.length; number++)
      if (this.of(number) > 0 && others.of(number) === 0) missing.push(number);
    return missing;
  }
}
