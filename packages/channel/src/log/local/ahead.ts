/**
 * The two write-ahead files of a data directory: which one is written, which one waits to go into the data file.
 *
 * B1. One file is written at a time. When it is full it waits, and the other one is begun: what does not fit in either
 *     waits for the data file.
 * B2. A file is begun again only when everything in it is durable in the data file.
 */
import { closeSync, existsSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { AheadFile, aheadBytes, entryBytes, type Writing } from './ahead-file.ts';
import type { Layer } from './layer.ts';

const names = ['ahead-0', 'ahead-1'] as const;

/**
 * A file is made in pieces: what one call wrote Linux keeps as one unit in memory (a large folio), and each later write into it
 * goes through all of its blocks, twice. With pieces much smaller than a flush there are more units than is worth it.
 */
const pieceBytes = 64 * 1024;

/** Makes the files, written out to their length and flushed. The caller flushes the directory. */
export function makeAheadFiles(folder: string): void {
  const nothing = Buffer.alloc(pieceBytes);
  for (const name of names) {
    const descriptor = openSync(join(folder, name), 'w');
    try {
      for (let at = 0; at < aheadBytes; )
        at += writeSync(descriptor, nothing, 0, Math.min(pieceBytes, aheadBytes - at), at);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }
}

/** The first of the files that is not there. */
export function missingAheadFile(folder: string): string | undefined {
  return names.map((name) => join(folder, name)).find((path) => !existsSync(path));
}

export class Ahead {
  readonly #files: readonly AheadFile[];
  readonly #free: AheadFile[] = [];
  /** To go into the data file, oldest first. */
  readonly #full: AheadFile[] = [];
  #active: AheadFile | undefined;
  #keepLarge = false;
  #sequence: number;
  #generation = 0;

  private constructor(files: readonly AheadFile[], settled: number) {
    this.#files = files;
    this.#sequence = settled;
  }

  /** `settled`: everything up to this sequence is in the data file. Text: what is wrong with the files. */
  static open(folder: string, settled: number): Ahead | string {
    const ahead = new Ahead(
      names.map((name) => new AheadFile(join(folder, name))),
      settled,
    );
    const wrong = ahead.#load(settled);
    if (wrong === undefined) return ahead;
    ahead.close();
    return wrong;
  }

  /** What is not in the data file yet, newest first. */
  get layers(): readonly Layer[] {
    const layers = this.#full.map(({ layer }) => layer).reverse();
    return this.#active === undefined ? layers : [this.#active.layer, ...layers];
  }

  /** The file that should go into the data file next. */
  get oldest(): AheadFile | undefined {
    return this.#full[0];
  }

  /** Where `writing` goes, or undefined when there is no room before `oldest` is in the data file (B1). */
  fileFor(writing: Writing): AheadFile | undefined {
    const bytes = entryBytes(writing);
    if (this.#active?.fits(bytes) === true) return this.#active;
    // What is smaller may still find room in the active one while the other waits.
    if (this.#free.length === 0 && this.#full.length > 0) return undefined;
    this.retire();
    const file = this.#free.shift();
    if (file === undefined) return undefined;
    this.#generation += 1;
    file.begin(this.#generation, this.#sequence + 1, bytes);
    this.#active = file;
    return file;
  }

  appended(file: AheadFile): void {
    this.#sequence = file.lastSequence;
  }

  /** Nothing more is written to the active file: it goes into the data file. */
  retire(): void {
    if (this.#active === undefined) return;
    this.#full.push(this.#active);
    this.#active = undefined;
  }

  /** `oldest` is in the data file (B2). */
  settled(): void {
    const file = this.#full.shift();
    if (file === undefined) return;
    file.release(this.#keepLarge);
    this.#free.push(file);
  }

  /** Whether files that grew keep the memory for it when they are free. */
  keepLarge(keep: boolean): void {
    this.#keepLarge = keep;
    for (const file of this.#free) file.release(keep);
  }

  close(): void {
    for (const file of this.#files) file.close();
  }

  #load(settled: number): string | undefined {
    const used: AheadFile[] = [];
    for (const file of this.#files) {
      if (file.read()) used.push(file);
      else {
        const damage = file.damage(0, settled);
        if (damage !== undefined) return damage;
        this.#free.push(file);
      }
    }
    used.sort((a, b) => a.generation - b.generation);
    for (const [index, file] of used.entries()) {
      const damage = file.load(settled, used[index + 1]?.firstSequence ?? Number.POSITIVE_INFINITY);
      if (damage !== undefined) return damage;
      this.#generation = file.generation;
      if (file.lastSequence <= settled) {
        file.release();
        this.#free.push(file);
        continue;
      }
      if (file.firstSequence > this.#sequence + 1) {
        return `the write-ahead files go on at entry ${file.firstSequence} after ${this.#sequence}: what was between is damaged`;
      }
      this.#sequence = file.lastSequence;
      this.#full.push(file);
    }
    return undefined;
  }
}
