/** The values that are found under one attribute: by its whole text, by how it begins and by how it ends. */
import { attributeOf, type CloudEvent } from '@millrace/api';
import { RadixTree } from './radix-tree.ts';
import type { Key } from './requirement.ts';

export class AttributeIndex<T> {
  readonly #attribute: string;
  readonly #exact = new Map<string, T[]>();
  #prefixes: RadixTree<T> | undefined;
  #suffixes: RadixTree<T> | undefined;

  constructor(attribute: string) {
    this.#attribute = attribute;
  }

  add(kind: Key['kind'], text: string, value: T): void {
    if (kind === 'exact') {
      const values = this.#exact.get(text);
      if (values === undefined) this.#exact.set(text, [value]);
      else values.push(value);
    } else if (kind === 'prefix') {
      this.#prefixes ??= new RadixTree<T>({ fromEnd: false });
      this.#prefixes.add(text, value);
    } else {
      this.#suffixes ??= new RadixTree<T>({ fromEnd: true });
      this.#suffixes.add(text, value);
    }
  }

  /** Adds to `found` what the event's attribute leads to; a value may come more than once. */
  collect(event: CloudEvent, found: T[]): void {
    const text = attributeOf(event, this.#attribute);
    if (text === undefined) return;
    if (this.#exact.size > 0) {
      const values = this.#exact.get(text);
      if (values !== undefined) for (const value of values) found.push(value);
    }
    this.#prefixes?.collect(text, found);
    this.#suffixes?.collect(text, found);
  }
}
