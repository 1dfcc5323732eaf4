/**
 * Tells files that have come to rest from those somebody is still writing: an editor truncates a file and then writes
 * it, a generator writes in pieces, a checkout replaces many files one after the other.
 *
 * R1. What a file holds counts when two looks at least `settleMs` apart found the same: content, size and time. That a
 *     file is gone is such a finding too. A file that is empty, and had objects, has to be so for `emptyMs`.
 * R2. While any file is not at rest, nothing is taken away, for `patienceMs` at most: an object may be on its way from
 *     one file into another.
 * R3. Of each file only a digest is kept.
 */
import type { ReadFile } from './load.ts';

/** Longer than a program takes between truncating a file and writing it, not felt by a person. */
const settleMs = 120;
/** An empty file is the first half of a write far more often than what somebody wants. */
const emptyMs = 2_000;
/** For how long files that are written without end may hold up removals. */
const patienceMs = 5_000;

interface Finding {
  /** Of the content; undefined: there is no such file. */
  readonly digest: string | undefined;
  readonly modifiedMs: number | undefined;
  readonly isEmpty: boolean;
  /** When it was found first, by the monotonic clock. */
  readonly sinceMs: number;
}

export interface Rest {
  /** Files that are at rest, as they were read. */
  readonly files: readonly ReadFile[];
  /** Files that are not, among them such as are gone. */
  readonly moving: ReadonlySet<string>;
  /** True when files at rest are other than they were when they were `taken` last. */
  readonly isNews: boolean;
  /** Whether objects of files at rest may be taken away (R2). */
  readonly mayRemove: boolean;
  /** When to look again; absent: at the next change. */
  readonly againMs?: number;
}

export class Settling {
  readonly #findings = new Map<string, Finding>();
  /** Digests that were taken over. */
  readonly #taken = new Map<string, string>();
  #movingSinceMs: number | undefined;
  /** Removals were held back at the last look. */
  #owing = false;

  /** Takes what was read for granted: at the start nobody knows what was there before. */
  start(files: readonly ReadFile[], nowMs: number): void {
    for (const file of files) this.#findings.set(file.file, { ...findingOf(file), sinceMs: nowMs });
    this.taken(files);
  }

  look(read: readonly ReadFile[], hadObjects: (file: string) => boolean, nowMs: number): Rest {
    const files: ReadFile[] = [];
    const moving = new Set<string>();
    let againMs = Number.POSITIVE_INFINITY;
    const isAtRest = (file: string, found: Omit<Finding, 'sinceMs'>) => {
      const sinceMs = this.#since(file, found, nowMs);
      if (found.digest === this.#taken.get(file)) return true;
      const leftMs = sinceMs + (found.isEmpty && hadObjects(file) ? emptyMs : settleMs) - nowMs;
      if (leftMs <= 0) return true;
      moving.add(file);
      againMs = Math.min(againMs, leftMs);
      return false;
    };
    for (const file of read) if (isAtRest(file.file, findingOf(file))) files.push(file);
    const present = new Set(read.map(({ file }) => file));
    for (const file of [...this.#findings.keys()]) {
      if (!present.has(file) && isAtRest(file, gone)) this.#findings.delete(file);
    }
    this.#movingSinceMs = moving.size === 0 ? undefined : (this.#movingSinceMs ?? nowMs);
    const mayRemove = this.#movingSinceMs === undefined || nowMs - this.#movingSinceMs >= patienceMs;
    const isNews = this.#isNews(files, moving) || (this.#owing && mayRemove);
    return { files, moving, isNews, mayRemove, ...(moving.size === 0 ? {} : { againMs }) };
  }

  /** What a look gave was applied; `owing`: but for removals. */
  taken(files: readonly ReadFile[], moving: ReadonlySet<string> = new Set(), owing = false): void {
    const present = new Set(files.map(({ file }) => file));
    for (const file of [...this.#taken.keys()]) if (!present.has(file) && !moving.has(file)) this.#taken.delete(file);
    for (const file of files) this.#taken.set(file.file, file.digest);
    this.#owing = owing;
  }

  /** What was taken is applied anew at the next look. */
  forget(): void {
    this.#owing = true;
  }

  #since(file: string, found: Omit<Finding, 'sinceMs'>, nowMs: number): number {
    const before = this.#findings.get(file);
    if (before && before.digest === found.digest && before.modifiedMs === found.modifiedMs) return before.sinceMs;
    this.#findings.set(file, { ...found, sinceMs: nowMs });
    return nowMs;
  }

  #isNews(files: readonly ReadFile[], moving: ReadonlySet<string>): boolean {
    if (files.some((file) => this.#taken.get(file.file) !== file.digest)) return true;
    const present = new Set(files.map(({ file }) => file));
    return [...this.#taken.keys()].some((file) => !present.has(file) && !moving.has(file));
  }
}

const gone: Omit<Finding, 'sinceMs'> = { digest: undefined, modifiedMs: undefined, isEmpty: false };

function findingOf({ content, digest, modifiedMs }: ReadFile): Omit<Finding, 'sinceMs'> {
  return { digest, modifiedMs, isEmpty: 'text' in content && content.text.trim() === '' };
}
