/**
 * What is stored, as one ordered map of bytes: the data file (LMDB) under what the write-ahead files hold beyond it.
 *
 * V1. A transaction is durable when it answers: it lies in a write-ahead file, flushed. One is under way at a time.
 * V2. A transaction that failed can be neither read nor found again, but after a crash that followed at once: what a disk
 *     did with bytes it refused is not known.
 * V3. Whole write-ahead files go into the data file, in steps, each a transaction of LMDB: pages, then fdatasync, then the
 *     page that makes them valid through a descriptor opened with O_DSYNC. The last step notes up to which entry the data
 *     file has everything. Going through the same entries again after a crash gives the same.
 * V4. When it is not sure what LMDB wrote, the environment is broken: it takes nothing more, because LMDB would wait for
 *     ever. What was acknowledged is in the write-ahead files.
 * V5. Pages that were read stay mapped and count as resident memory, as much as the data file is large. So the file is
 *     mapped anew when many are (`mapped.ts`): between two steps, and whoever wants to read meanwhile waits for `renewing`.
 *
 * Why not LMDB alone: each of its transactions writes pages of its index anew and flushes twice. The write-ahead file takes
 * one flush of little more than the events themselves, and LMDB gets the changes of some seconds at once.
 * `overlappingSync` is off on purpose: with it a commit is visible before it is flushed, and recovery after a power cut
 * hangs on the machine's boot id.
 */
import { ABORT, open, type RootDatabase } from 'lmdb';
import { seal, unseal } from '../bytes.ts';
import { Ahead } from './ahead.ts';
import type { AheadFile } from './ahead-file.ts';
import { settledKey } from './keys.ts';
import { type Change, keyOf, merged, nameOf, type Range, type Walker } from './layer.ts';
import { Mapped } from './mapped.ts';

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

/** ENOSPC, EFBIG, EDQUOT and LMDB's own MDB_MAP_FULL, as they come out of the addon. */
const noSpaceCodes = new Set([28, 27, 122, -30792]);
/** The same as Node names them. */
const noSpaceNames: ReadonlySet<string> = new Set(['ENOSPC', 'EFBIG', 'EDQUOT']);
/** EIO. */
const inputOutputError = 5;
/** A disk with less free than this beside the transaction is taken to be full. */
const shortWriteSlack = 1024 ** 2;

/**
 * One step into the data file: the main thread has a millisecond of work with it, most of it for the number of changes, and
 * appends go on between two steps. Two flushes a step are what large events cost most of.
 */
const step = { bytes: 1024 * 1024, changes: 200 } as const;

type Database = RootDatabase<Buffer, Buffer>;

export class Environment {
  readonly #directory: string;
  readonly #freeBytes: () => number | undefined;
  #database: Database;
  #ahead: Ahead | undefined;
  readonly #mapped = new Mapped();
  #renewing: Promise<void> | undefined;
  #settling: Promise<WriteOutcome> | undefined;
  #broken: string | undefined;

  /** Throws what LMDB throws: the caller is `openLocalStore`, which makes an answer of it. */
  constructor(directory: string, freeBytes: () => number | undefined) {
    this.#freeBytes = freeBytes;
    this.#directory = directory;
    this.#database = openDatabase(directory);
    this.#mapped.renewed();
  }

  /** Takes up what the write-ahead files hold. Called once, when the directory is claimed. Text: what is wrong with them. */
  takeUp(): string | undefined {
    const stored = this.#database.getBinary(settledKey());
    const settled = stored === undefined ? Buffer.alloc(8) : unseal(stored);
    if (settled?.byteLength !== 8) return 'what the data file says of the write-ahead files is not as it was written';
    const opened = Ahead.open(this.#directory, settled.readDoubleLE(0));
    if (typeof opened === 'string') return opened;
    this.#ahead = opened;
    if (opened.oldest !== undefined) void this.#settle();
    return undefined;
  }

  /** While this is there nothing can be read (V5). */
  get renewing(): Promise<void> | undefined {
    return this.#renewing;
  }

  get broken(): string | undefined {
    return this.#broken;
  }

  get(key: Buffer): Buffer | undefined {
    const name = nameOf(key);
    for (const layer of this.#ahead?.layers ?? []) {
      const value = layer.get(name);
      if (value !== undefined) return value === null ? undefined : Buffer.from(value);
    }
    const value = this.#database.getBinary(key);
    this.#mapped.touch(value?.byteLength ?? 0);
    return value;
  }

  *keys(range: Range): Generator<Buffer> {
    for (const { name } of this.#merged(range, (within) => this.#keyWalker(within))) yield keyOf(name);
  }

  *entries(range: Range): Generator<{ readonly key: Buffer; readonly value: Buffer }> {
    for (const { name, value } of this.#merged(range, (within) => this.#entryWalker(within))) {
      yield { key: keyOf(name), value: value() };
    }
  }

  /** Reads and writes the data file while no other process does. Blocks: for the start and the end only. */
  exclusively<T>(action: (changes: Changes) => T): T {
    return this.#database.transactionSync(() => {
      const changes = new Changes();
      const result = action(changes);
      for (const key of changes.removals) this.#database.removeSync(key);
      for (const { key, value } of changes.puts) this.#database.putSync(key, asStored(value));
      return result;
    });
  }

  /** All or nothing, durable when it answers `written` (V1, V2). The values may be changed once this returned. */
  async write(changes: Changes): Promise<WriteOutcome> {
    if (changes.puts.length + changes.removals.length === 0) return { kind: 'written' };
    const ahead = this.#ahead;
    if (ahead === undefined) throw new Error('the write-ahead files were not taken up');
    if (this.#broken !== undefined) return { kind: 'failed', noSpace: false, reason: this.#broken };
    const full = ahead.oldest;
    let file = ahead.fileFor(changes);
    if (full === undefined && ahead.oldest !== undefined) void this.#settle();
    while (file === undefined) {
      const outcome = await this.#settle();
      if (outcome.kind === 'failed') return outcome;
      file = ahead.fileFor(changes);
    }
    try {
      await file.append(changes);
      ahead.appended(file);
      return { kind: 'written' };
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      return { kind: 'failed', noSpace: code !== undefined && noSpaceNames.has(code), reason: messageOf(error) };
    }
  }

  /** Whether the memory that large transactions need is kept for the next one. What holds it now is given back when it is not. */
  async keepLarge(keep: boolean): Promise<void> {
    this.#ahead?.keepLarge(keep);
    if (!keep) await this.flush();
  }

  /** Maps the file anew when much of it was read (V5). Called when no transaction is under way. */
  async renewWhenLarge(): Promise<void> {
    if (this.#settling === undefined) await this.#renewWhenLarge();
  }

  /** Puts everything into the data file, as far as the disk takes it: what it does not take is found at the next start. */
  async flush(): Promise<void> {
    this.#ahead?.retire();
    if (this.#ahead?.oldest !== undefined) await this.#settle();
  }

  async close(): Promise<void> {
    await this.#settling;
    this.#ahead?.close();
    await this.#database.close();
  }

  /** What waits goes into the data file (V3); one pass at a time. */
  #settle(): Promise<WriteOutcome> {
    this.#settling ??= this.#settleAll().finally(() => {
      this.#settling = undefined;
    });
    return this.#settling;
  }

  async #settleAll(): Promise<WriteOutcome> {
    for (let file = this.#ahead?.oldest; file !== undefined; file = this.#ahead?.oldest) {
      const outcome = await this.#settleFile(file);
      if (outcome.kind === 'failed') return outcome;
      this.#ahead?.settled();
    }
    return { kind: 'written' };
  }

  async #settleFile(file: AheadFile): Promise<WriteOutcome> {
    const changes = file.layer.changes();
    for (let done = false; !done; ) {
      const some: Change[] = [];
      let bytes = 0;
      while (!done && some.length < step.changes && bytes < step.bytes) {
        const next = changes.next();
        if (next.done === true) done = true;
        else {
          some.push(next.value);
          bytes += next.value[1]?.byteLength ?? 0;
        }
      }
      if (done) some.push([nameOf(settledKey()), numberValue(file.lastSequence)]);
      const outcome = await this.#writeData(some, bytes);
      if (outcome.kind === 'failed') return outcome;
      await this.#renewWhenLarge();
    }
    return { kind: 'written' };
  }

  async #writeData(changes: readonly Change[], bytes: number): Promise<WriteOutcome> {
    if (this.#broken !== undefined) return { kind: 'failed', noSpace: false, reason: this.#broken };
    this.#mapped.touch(bytes, changes.length);
    try {
      // One block is in one transaction. What `put` and `remove` return in it says nothing: the block's promise does.
      await this.#database.batch(() => {
        for (const [name, value] of changes) {
          if (value === null) void this.#database.remove(keyOf(name));
          else void this.#database.put(keyOf(name), value);
        }
      });
      return { kind: 'written' };
    } catch (error) {
      return this.#failure(await causeOf(error), bytes);
    }
  }

  async #renewWhenLarge(): Promise<void> {
    if (this.#broken !== undefined || !this.#mapped.isLarge()) return;
    this.#renewing = this.#openAnew();
    try {
      await this.#renewing;
    } catch (error) {
      this.#broken = `the data file cannot be opened again (${messageOf(error)}): restart when the disk is well`;
    }
    this.#renewing = undefined;
  }

  async #openAnew(): Promise<void> {
    // lmdb 3.5.6 keeps its list of free pages for the next transaction and loses it at the close, 16 KiB each time under load. A
    // transaction that is aborted gives it back.
    this.#database.transactionSync(() => ABORT);
    await this.#database.close();
    this.#database = openDatabase(this.#directory);
    this.#mapped.renewed();
  }

  /** What a failed transaction means, and whether LMDB would still take another one (V4). */
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

  #merged(range: Range, base: (range: Range) => Walker) {
    const layers = this.#ahead?.layers ?? [];
    let { limit } = range;
    // Of what the data file still has the layers may have removed some.
    if (limit !== undefined) for (const layer of layers) limit += layer.removals;
    const within = limit === undefined ? range : { ...range, limit };
    return merged([...layers.map((layer) => layer.walk(range)), base(within)], range);
  }

  #keyWalker(range: Range): Walker {
    this.#mapped.touch(0);
    const keys = this.#database.getKeys(rangeOptions(range))[Symbol.iterator]();
    return walker(keys, nameOf, () => noValue);
  }

  #entryWalker(range: Range): Walker {
    const entries = this.#database.getRange(rangeOptions(range))[Symbol.iterator]();
    return walker(
      entries,
      ({ key }) => nameOf(key),
      ({ value }) => {
        this.#mapped.touch(value.byteLength);
        return value;
      },
    );
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

/** Stands for a value that nobody asks for. */
const noValue = Buffer.alloc(0);

/** Walks over what an iterator of the data file gives. */
function walker<T>(items: Iterator<T>, name: (item: T) => string, value: (item: T) => Buffer | null): Walker {
  let item = items.next();
  const nameNow = () => (item.done === true ? undefined : name(item.value));
  return {
    name: nameNow(),
    value: () => (item.done === true ? null : value(item.value)),
    next() {
      item = items.next();
      this.name = nameNow();
    },
    close: () => void items.return?.(),
  };
}

function numberValue(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return seal(bytes);
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
