/** A queue on a ring that grows by doubling: no shifting of arrays in the hot path. Its owner bounds what it holds. */
const SMALLEST = 4;
/** The ring of a queue that holds nothing: there are several queues a trigger, and most are idle. Never written to. */
const noRing: never[] = [];

export class Queue<T> {
  #ring: (T | undefined)[] = noRing;
  #head = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#ring[this.#head];
  }

  push(item: T): void {
    this.#makeRoom();
    this.#ring[(this.#head + this.#size) & (this.#ring.length - 1)] = item;
    this.#size++;
  }

  /** Puts it before all others. */
  unshift(item: T): void {
    this.#makeRoom();
    this.#head = (this.#head - 1) & (this.#ring.length - 1);
    this.#ring[this.#head] = item;
    this.#size++;
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#ring[this.#head];
    this.#ring[this.#head] = undefined;
    this.#head = (this.#head + 1) & (this.#ring.length - 1);
    this.#size--;
    // An empty queue keeps no ring worth mentioning: there is one per trigger, and most are idle.
    if (this.#size === 0 && this.#ring.length > 64) this.clear();
    return item;
  }

  clear(): void {
    this.#ring = noRing;
    this.#head = 0;
    this.#size = 0;
  }

  *[Symbol.iterator](): Generator<T> {
    for (let index = 0; index < this.#size; index++) {
      const item = this.#ring[(this.#head + index) & (this.#ring.length - 1)];
      if (item !== undefined) yield item;
    }
  }

  #makeRoom(): void {
    if (this.#size < this.#ring.length) return;
    const items = [...this];
    this.#ring = items;
    this.#ring.length = Math.max(SMALLEST, items.length * 2);
    this.#head = 0;
  }
}
