/**
 * Finds all texts of a set that a given text begins with (or ends with) in one walk along it, without allocating.
 *
 * X1. Labels of a node's children begin with different UTF-16 units, so that at most one child fits.
 * X2. For suffixes texts are stored, and walked, from their end.
 */

interface Node<T> {
  /** The units between the parent and this node, in walking order. */
  label: string;
  /** Values whose text ends here. */
  readonly values: T[];
  /** By the first unit of their label; absent in a leaf, of which there are most. */
  children?: Map<number, Node<T>>;
}

export class RadixTree<T> {
  readonly #root: Node<T> = { label: '', values: [] };
  readonly #fromEnd: boolean;

  constructor(options: { readonly fromEnd: boolean }) {
    this.#fromEnd = options.fromEnd;
  }

  add(text: string, value: T): void {
    let rest = this.#fromEnd ? reversed(text) : text;
    let node = this.#root;
    while (rest !== '') {
      const unit = rest.charCodeAt(0);
      const child = node.children?.get(unit);
      if (child === undefined) {
        const leaf: Node<T> = { label: rest, values: [value] };
        node.children ??= new Map();
        node.children.set(unit, leaf);
        return;
      }
      const shared = sharedLength(child.label, rest);
      node = shared === child.label.length ? child : split(node, child, shared);
      rest = rest.slice(shared);
    }
    node.values.push(value);
  }

  /** Adds to `found` every value whose text the given text begins (or ends) with. */
  collect(text: string, found: T[]): void {
    let node = this.#root;
    let at = 0;
    for (;;) {
      for (const value of node.values) found.push(value);
      if (at >= text.length || node.children === undefined) return;
      const child = node.children.get(this.#unitAt(text, at));
      if (child === undefined || !this.#fits(child.label, text, at)) return;
      at += child.label.length;
      node = child;
    }
  }

  #fits(label: string, text: string, at: number): boolean {
    if (at + label.length > text.length) return false;
    // The first unit is the one the child was found by (X1).
    for (let index = 1; index < label.length; index++) {
      if (label.charCodeAt(index) !== this.#unitAt(text, at + index)) return false;
    }
    return true;
  }

  #unitAt(text: string, at: number): number {
    return text.charCodeAt(this.#fromEnd ? text.length - 1 - at : at);
  }
}

/** X1. Puts a node between a parent and a child that share only a part of the child's label. */
function split<T>(parent: Node<T>, child: Node<T>, at: number): Node<T> {
  const middle: Node<T> = { label: child.label.slice(0, at), values: [], children: new Map() };
  parent.children?.set(child.label.charCodeAt(0), middle);
  child.label = child.label.slice(at);
  middle.children?.set(child.label.charCodeAt(0), child);
  return middle;
}

function sharedLength(one: string, other: string): number {
  const length = Math.min(one.length, other.length);
  let shared = 0;
  while (shared < length && one.charCodeAt(shared) === other.charCodeAt(shared)) shared++;
  return shared;
}

function reversed(text: string): string {
  let result = '';
  for (let index = text.length - 1; index >= 0; index--) result += text.charAt(index);
  return result;
}
