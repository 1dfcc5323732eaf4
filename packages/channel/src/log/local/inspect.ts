/**
 * Looks over a data file before LMDB maps it into memory. LMDB trusts its pages: with a file that was cut off or
 * changed it would end the process by a signal, or give wrong bytes. So every page of the index is read first and
 * checked: that it is where it should be, that what it says lies within it, and that no page is used twice.
 *
 * Values in pages of their own are not read here: they have checksums of their own.
 * The layout is that of LMDB's data version 2 with 64-bit page numbers, little endian.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export type Inspection =
  /** Sound as far as it was looked at; `pages` are those of the index. */
  | { readonly kind: 'sound'; readonly pages: number }
  /** LMDB's, of another version or for another machine: it says itself whether it can read it. */
  | { readonly kind: 'unknown-layout' }
  | { readonly kind: 'corrupt'; readonly reason: string };

const magic = 0xbeefc0de;
const dataVersion = 2;
const pageHead = 24;
const nodeHead = 8;
const noPage = 2n ** 64n - 1n;
const flag = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const;
/** The higher flags are LMDB's own notes on a page. */
const kindFlags = 0x3f;
const bigData = 1;
const freeMap = 'free pages';

interface Tree {
  readonly name: string;
  readonly depth: number;
  readonly root: bigint;
}

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  readonly trees: readonly [Tree, Tree];
}

class Corrupt extends Error {}

/** `pagesMax`: index pages that are read at most; those nearest to the root come first. */
export function inspectDataFile(path: string, pagesMax: number): Inspection {
  const file = openSync(path, 'r');
  try {
    return new Inspector(file, pagesMax).run();
  } catch (error) {
    if (error instanceof Corrupt) return { kind: 'corrupt', reason: error.message };
    throw error;
  } finally {
    closeSync(file);
  }
}

class Inspector {
  readonly #file: number;
  readonly #pagesMax: number;
  readonly #fileBytes: number;
  #pageBytes = 4096;
  #lastPage = 0;
  #used = new Uint8Array(0);
  #read = 0;
  readonly #free: Buffer[] = [];

  constructor(file: number, pagesMax: number) {
    this.#file = file;
    this.#pagesMax = pagesMax;
    this.#fileBytes = fstatSync(file).size;
  }

  run(): Inspection {
    const first = this.#meta(0, 0);
    if (first === undefined) return { kind: 'unknown-layout' };
    this.#pageBytes = first.pageBytes;
    const second = this.#meta(1, first.pageBytes);
    if (second === undefined) throw new Corrupt('its second header has another version than its first');
    if (second.pageBytes !== first.pageBytes) throw new Corrupt('its two headers disagree about the size of pages');
    const meta = second.transaction > first.transaction ? second : first;
    this.#lastPage = meta.lastPage;
    this.#used = new Uint8Array(meta.lastPage + 1);
    this.#use(0, 2);
    let whole = true;
    for (const tree of meta.trees) whole = this.#walk(tree) && whole;
    if (whole) this.#checkFree();
    return { kind: 'sound', pages: this.#read };
  }

  /** Undefined when it is LMDB's, but of another version. */
  #meta(number: number, at: number): Meta | undefined {
    const page = this.#bytes(at, 168, `header ${number}`);
    if (page.readUInt32LE(24) !== magic || (page.readUInt16LE(18) & flag.meta) === 0) {
      throw new Corrupt(`header ${number} is not one of a data file`);
    }
    if ((page.readUInt32LE(28) & 0xffff) !== dataVersion) return undefined;
    const pageBytes = page.readUInt32LE(48);
    const lastPage = Number(page.readBigUInt64LE(144));
    if (pageBytes < 512 || pageBytes > 65_536 || (pageBytes & (pageBytes - 1)) !== 0) {
      throw new Corrupt(`header ${number} gives ${pageBytes} bytes as the size of pages`);
    }
    if (lastPage > 2 ** 40) throw new Corrupt(`header ${number} gives ${lastPage} as the last page`);
    const tree = (name: string, from: number): Tree => ({
      name,
      depth: page.readUInt16LE(from + 6),
      root: page.readBigUInt64LE(from + 40),
    });
    return {
      pageBytes,
      lastPage,
      transaction: page.readBigUInt64LE(152),
      trees: [tree(freeMap, 48), tree('records', 96)],
    };
  }

  /** Level by level, so that a limit cuts off leaves of the last level only. False when it did. */
  #walk(tree: Tree): boolean {
    if (tree.root === noPage) return true;
    let level: number[] = [this.#pageNumber(tree.root)];
    for (let depth = 1; depth <= tree.depth; depth += 1) {
      const below: number[] = [];
      for (const number of level) {
        if (this.#read >= this.#pagesMax) return false;
        const children = this.#indexPage(tree, number, depth < tree.depth);
        for (const child of children) below.push(child);
      }
      level = below;
    }
    if (level.length > 0) throw new Corrupt(`the index of ${tree.name} is deeper than its header says`);
    return true;
  }

  /** Checks one page of an index and gives the pages below it. */
  #indexPage(tree: Tree, number: number, branch: boolean): number[] {
    this.#use(number, 1);
    this.#read += 1;
    const page = this.#bytes(number * this.#pageBytes, this.#pageBytes, `page ${number}`);
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    const body = this.#pageBytes - pageHead;
    if (Number(page.readBigUInt64LE(0)) !== number) throw new Corrupt(`page ${number} has another page's number`);
    if ((page.readUInt16LE(18) & kindFlags) !== (branch ? flag.branch : flag.leaf))
      throw new Corrupt(`page ${number} is of a wrong kind`);
    if (lower % 2 !== 0 || lower > upper || upper > body) throw new Corrupt(`page ${number} has wrong bounds`);
    if (lower < 2) throw new Corrupt(`page ${number} is empty`);
    const children: number[] = [];
    for (let at = 0; at < lower; at += 2) {
      const node = page.readUInt16LE(pageHead + at);
      if (node < upper || node + nodeHead > body) throw new Corrupt(`page ${number} has an entry outside of it`);
      const child = this.#node(tree, page.subarray(pageHead + node), branch, number);
      if (child !== undefined) children.push(child);
    }
    return children;
  }

  #node(tree: Tree, node: Buffer, branch: boolean, number: number): number | undefined {
    const low = node.readUInt32LE(0);
    const flags = node.readUInt16LE(4);
    const keyEnd = nodeHead + node.readUInt16LE(6);
    if (keyEnd > node.byteLength) throw new Corrupt(`page ${number} has a key that does not end`);
    if (branch) return this.#pageNumber(BigInt(low) + (BigInt(flags) << 32n));
    if ((flags & ~bigData) !== 0) throw new Corrupt(`page ${number} has an entry of an unknown kind`);
    if (flags === bigData) {
      if (keyEnd + 24 > node.byteLength) throw new Corrupt(`page ${number} has an entry that does not end`);
      const first = this.#pageNumber(node.readBigUInt64LE(keyEnd));
      const pages = Math.floor((pageHead - 1 + low) / this.#pageBytes) + 1;
      if (node.readBigUInt64LE(keyEnd + 16) !== BigInt(pages))
        throw new Corrupt(`page ${number} gives a value wrongly`);
      this.#use(first, pages);
      if ((first + pages) * this.#pageBytes > this.#fileBytes)
        throw new Corrupt(`it ends before page ${first + pages - 1}`);
      if (tree.name === freeMap) this.#free.push(this.#bytes(first * this.#pageBytes + pageHead, low, `page ${first}`));
    } else {
      if (keyEnd + low > node.byteLength) throw new Corrupt(`page ${number} has a value that does not end`);
      if (tree.name === freeMap) this.#free.push(Buffer.from(node.subarray(keyEnd, keyEnd + low)));
    }
    return undefined;
  }

  /** Pages in the list of free ones must not be in use: they would be written over. A negative entry is a run's length. */
  #checkFree(): void {
    for (const list of this.#free) {
      const length = list.byteLength >= 8 ? list.readBigInt64LE(0) : -1n;
      if (length < 0n || (length + 1n) * 8n > BigInt(list.byteLength))
        throw new Corrupt('its list of free pages is damaged');
      let run = 1;
      for (let at = 1; at <= Number(length); at += 1) {
        const entry = list.readBigInt64LE(8 * at);
        if (entry < 0n) {
          run = Number(-entry);
        } else if (entry > 0n) {
          this.#use(this.#pageNumber(entry), run);
          run = 1;
        }
      }
    }
  }

  #pageNumber(number: bigint): number {
    if (number < 2n || number > BigInt(this.#lastPage)) throw new Corrupt(`there is no page ${number}`);
    return Number(number);
  }

  #use(first: number, pages: number): void {
    if (first + pages > this.#used.byteLength) throw new Corrupt(`there is no page ${first + pages - 1}`);
    for (let number = first; number < first + pages; number += 1) {
      if (this.#used[number] === 1) throw new Corrupt(`page ${number} is used twice`);
      this.#used[number] = 1;
    }
  }

  #bytes(at: number, count: number, what: string): Buffer {
    const bytes = Buffer.allocUnsafe(count);
    if (at + count > this.#fileBytes || readSync(this.#file, bytes, 0, count, at) !== count) {
      throw new Corrupt(`it ends before ${what}`);
    }
    return bytes;
  }
}
