/**
 * LMDB as the local store uses it: one ordered map of bytes, written in transactions that are durable when they answer.
 *
 * V1. One transaction is under way at a time. It is written by LMDB's own thread: pages, then fdatasync, then the page
 *     that makes them valid through a descriptor opened with O_DSYNC, and only then the promise resolves.
 * V2. A transaction that failed before that last page changed nothing. When even that is not sure, the environment is
 *     broken: it writes nothing more, because LMDB would wait for ever.
 *
 * V3. Pages that were read stay mapped and count as resident memory, as much as the data file is large. So the file is
 *     mapped anew after `mappedBytesMax` of values were read or written: between two transactions, and whoever wants to read
 *     meanwhile waits for `renewing`.
 *
 * `overlappingSync` is off on purpose: with it a commit is visible, and its promise may resolve, before it is flushed,
 * and recovery after a power cut hangs on the machine's boot id. With one transaction at a time it gains nothing.
 */
import { open, type RootDatabase } from 'lmdb';

export type WriteOutcome =
  | { readonly kind: 'written' }
  /** Nothing of it was kept. `noSpace`: the disk, a quota or a file size limit is used up. */
  | { readonly kind: 'failed'; readonly noSpace: boolean; readonly reason: string };

/** What one transaction changes. */
export class Changes {
  readonly puts: { readonly key: Buffer; readonly value: Uint8Array }[] = [];
  readonly removals: Buffer[] = [];
  bytes = 0;

  put(key: Buffer, value: Uint8Array): void {
    this.puts.push({ key, value });
    this.bytes += value.byteLength;
  }

  remove(key: Buffer): void {
    this.removals.push(key);
  }
}

export interface Range {
  readonly from: Buffer;
  /** Not included. */
  readonly to: Buffer;
  /** From the last to the first. */
  readonly backwards?: boolean;
  readonly limit?: number;
}

/** ENOSPC, EFBIG, EDQUOT and LMDB's own MDB_MAP_FULL, as they come out of the addon. */
const noSpaceCodes = new Set([28, 27, 122, -30792]);
/** EIO. */
const inputOutputError = 5;
/** A disk with less free than this beside the transaction is taken to be full. */
const shortWriteSlack = 1024 ** 2;

/** Mapping anew takes two or three milliseconds: at 10,000 events a second that is some twice a second. */
const mappedBytesMax = 16 * 1024 ** 2;
/** Every key that is looked up or written touches a page of the index, wherever that lies. */
const pageBytes = 4096;

type Database = RootDatabase<Buffer, Buffer>;

export class Environment {
  readonly #directory: string;
  #database: Database;
  #mappedBytes = 0;
  #renewing: Promise<void> | undefined;
  readonly #freeBytes: () => number | undefined;
  #broken: string | undefined;

  /** Throws what LMDB throws: the caller is `openLocalStore`, which makes an answer of it. */
  constructor(directory: string, freeBytes: () => number | undefined) {
    this.#freeBytes = freeBytes;
    this.#directory = directory;
    this.#database = openDatabase(directory);
  }

  /** While this is there nothing can be read (V3). */
  get renewing(): Promise<void> | undefined {
    return this.#renewing;
  }

  get broken(): string | undefined {
    return this.#broken;
  }

  get(key: Buffer): Buffer | undefined {
    const value = this.#database.getBinary(key);
    this.#mappedBytes += pageBytes + (value?.byteLength ?? 0);
    return value;
  }

  keys(range: Range): Iterable<Buffer> {
    return this.#database.getKeys(rangeOptions(range));
  }

  entries(range: Range): Iterable<{ readonly key: Buffer; readonly value: Buffer }> {
    return this.#database.getRange(rangeOptions(range));
  }

  /** Reads and writes while no other process does. Blocks: for the start only. */
  exclusively<T>(action: (changes: Changes) => T): T {
    return this.#database.transactionSync(() => {
      const changes = new Changes();
      const result = action(changes);
      for (const key of changes.removals) this.#database.removeSync(key);
      for (const { key, value } of changes.puts) this.#database.putSync(key, asStored(value));
      return result;
    });
  }

  /** All or nothing, durable when it answers `written` (V1, V2). The values must not change until then. */
  async write(changes: Changes): Promise<WriteOutcome> {
    if (this.#broken !== undefined) return { kind: 'failed', noSpace: false, reason: this.#broken };
    if (changes.puts.length + changes.removals.length === 0) return { kind: 'written' };
    this.#mappedBytes += changes.bytes + pageBytes * (changes.puts.length + changes.removals.length);
    try {
      // One block is in one transaction. What `put` and `remove` return in it says nothing: the block's promise does.
      await this.#database.batch(() => {
        for (const key of changes.removals) void this.#database.remove(key);
        for (const { key, value } of changes.puts) void this.#database.put(key, asStored(value));
      });
      return { kind: 'written' };
    } catch (error) {
      return this.#failure(await causeOf(error), changes.bytes);
    }
  }

  /** Maps the file anew when much of it was read (V3). Called when no transaction is under way. */
  async renewWhenLarge(): Promise<void> {
    if (this.#mappedBytes < mappedBytesMax || this.#broken !== undefined) return;
    this.#mappedBytes = 0;
    this.#renewing = this.#database.close().then(() => {
      this.#database = openDatabase(this.#directory);
    });
    try {
      await this.#renewing;
    } catch (error) {
      this.#broken = `the data file cannot be opened again (${messageOf(error)}): restart when the disk is well`;
    }
    this.#renewing = undefined;
  }

  async close(): Promise<void> {
    await this.#database.close();
  }

  /** What a failed transaction means, and whether LMDB would still take another one (V2). */
  #failure(cause: unknown, bytes: number): WriteOutcome {
    const message = messageOf(cause);
    try {
      this.#database.transactionSync(() => undefined);
    } catch (error) {
      const reason = `the data file cannot be written any more (${message}; ${messageOf(error)}): restart when the disk is well`;
      this.#broken = reason;
      return { kind: 'failed', noSpace: false, reason };
    }
    const code = (cause as { readonly code?: unknown } | undefined)?.code;
    if (typeof code === 'number' && noSpaceCodes.has(code)) return { kind: 'failed', noSpace: true, reason: message };
    if (code !== inputOutputError) return { kind: 'failed', noSpace: false, reason: message };
    // LMDB tells a write of which the disk took only a part as an input/output error.
    const noSpace = (this.#freeBytes() ?? Number.POSITIVE_INFINITY) < 2 * bytes + shortWriteSlack;
    const reason = noSpace
      ? `no space left on the disk (${message})`
      : `the disk did not take a write, or only a part of it: it fails, or the file may not grow (${message})`;
    return { kind: 'failed', noSpace, reason };
  }
}

function openDatabase(directory: string): Database {
  return open<Buffer, Buffer>({
    path: directory,
    encoding: 'binary',
    keyEncoding: 'binary',
    cache: false,
    maxDbs: 1,
    overlappingSync: false,
    // With it lmdb keeps a promise of its own for each transaction, and one that fails ends the process.
    eventTurnBatching: false,
    noMemInit: true,
  });
}

function asStored(value: Uint8Array): Buffer {
  return value as Buffer;
}

function rangeOptions(range: Range) {
  const { from, to, limit } = range;
  const bounds = range.backwards === true ? { start: to, end: from, reverse: true } : { start: from, end: to };
  return limit === undefined ? bounds : { ...bounds, limit };
}

/** lmdb rejects with a general error that carries a promise of the cause. */
async function causeOf(error: unknown): Promise<unknown> {
  const cause = (error as { readonly commitError?: Promise<unknown> } | undefined)?.commitError;
  if (cause === undefined) return error;
  return cause.then(
    () => error,
    (reason: unknown) => reason,
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
