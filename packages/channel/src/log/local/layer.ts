/**
 * Changes that are durable in the write-ahead file and not in the data file yet, as a sorted map; and the view of the
 * whole: newer layers over older ones over the data file.
 *
 * Keys are bytes held as latin1 strings, which sort as the bytes do.
 */

/** One change: the value of a key, or `null` when it was removed. */
export type Change = readonly [name: string, value: Buffer | null];

export interface Range {
  readonly from: Buffer;
  /** Not included. */
  readonly to: Buffer;
  /** From the last to the first. */
  readonly backwards?: boolean;
  readonly limit?: number;
}

export function nameOf(key: Buffer): string {
  return key.toString('latin1');
}

export function keyOf(name: string): Buffer {
  return Buffer.from(name, 'latin1');
}

/** Changes that are put in their place together: enough that each costs little, few enough that a cursor written again and again takes no room. */
const freshMax = 256;

export class Layer {
  readonly #values = new Map<string, Buffer | null>();
  readonly #sorted: string[] = [];
  #removals = 0;
  /** Not in their place yet: they are put there by the hundred, when somebody asks. Most are never asked for one by one. */
  readonly #fresh: Change[] = [];

  /** How many of its entries say that a key was removed, at most. */
  get removals(): number {
    this.#arrange();
    return this.#removals;
  }

  get size(): number {
    this.#arrange();
    return this.#values.size;
  }

  set(change: Change): void {
    this.#fresh.push(change);
    if (this.#fresh.length >= freshMax) this.#arrange();
  }

  /** Undefined: it says nothing of this key. */
  get(name: string): Buffer | null | undefined {
    this.#arrange();
    return this.#values.get(name);
  }

  clear(): void {
    this.#fresh.length = 0;
    this.#values.clear();
    this.#sorted.length = 0;
    this.#removals = 0;
  }

  /** Removals first, because they make room for what follows. */
  *changes(): Generator<Change> {
    this.#arrange();
    for (const change of this.#values) if (change[1] === null) yield change;
    for (const change of this.#values) if (change[1] !== null) yield change;
  }

  walk({ from, to, backwards }: Range): Walker {
    this.#arrange();
    const first = this.#firstAt(nameOf(from));
    const end = this.#firstAt(nameOf(to));
    let at = backwards === true ? end - 1 : first;
    const step = backwards === true ? -1 : 1;
    const current = () => (at >= first && at < end ? this.#sorted[at] : undefined);
    return {
      name: current(),
      value: () => this.#values.get(this.#sorted[at] ?? '') ?? null,
      next() {
        at += step;
        this.name = current();
      },
      close() {},
    };
  }

  #arrange(): void {
    if (this.#fresh.length === 0) return;
    for (const [name, value] of this.#fresh) {
      if (value === null) this.#removals += 1;
      const known = this.#values.has(name);
      this.#values.set(name, value);
      if (known) continue;
      const last = this.#sorted.at(-1);
      if (last === undefined || last < name) this.#sorted.push(name);
      else this.#sorted.splice(this.#firstAt(name), 0, name);
    }
    this.#fresh.length = 0;
  }

  /** Place of the first key that is `name` or sorts after it. */
  #firstAt(name: string): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#sorted[middle] as string) < name) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Stands at one entry of a source; `name` is undefined at the end. */
export interface Walker {
  name: string | undefined;
  value(): Buffer | null;
  next(): void;
  close(): void;
}

/** The entries of all sources in order; of equal keys the first source's counts, and what it removed is left out. */
export function* merged(
  sources: readonly Walker[],
  { backwards, limit = Number.POSITIVE_INFINITY }: Range,
): Generator<{ readonly name: string; readonly value: () => Buffer }> {
  try {
    for (let left = limit; left > 0; ) {
      const source = foremost(sources, backwards === true);
      if (source?.name === undefined) return;
      const { name } = source;
      const value = source.value();
      if (value !== null) {
        yield { name, value: () => Buffer.from(value) };
        left -= 1;
      }
      for (const one of sources) if (one.name === name) one.next();
    }
  } finally {
    for (const source of sources) source.close();
  }
}

function foremost(sources: readonly Walker[], backwards: boolean): Walker | undefined {
  let found: Walker | undefined;
  for (const one of sources) {
    if (one.name === undefined) continue;
    if (found?.name === undefined || (backwards ? one.name > found.name : one.name < found.name)) found = one;
  }
  return found;
}
