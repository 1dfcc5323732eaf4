/**
 * The local store: all logs and dead letters of one data directory, in one environment with one group commit.
 *
 * S1. A log's number is never given to another log while anything of the first is left.
 * S2. A removed log is out of the list in the transaction that begins its removal; the rest of it goes in steps, and a
 *     crash in between is made up for at the next start.
 */
import type { Clock, Logger } from '@millrace/runtime';
import type { DeadLetterStore } from '../../dead-letter/dead-letter.ts';
import { LocalDeadLetters } from '../../dead-letter/local.ts';
import { unseal } from '../bytes.ts';
import type { EventLog, LogStore, Retention } from '../log.ts';
import { type Extent, emptyExtent, LocalBatches } from './batches.ts';
import { ReadCache, TailCache } from './caches.ts';
import { LocalCursors } from './cursors.ts';
import type { Environment } from './environment.ts';
import { GroupCommit } from './group-commit.ts';
import { kinds, numberOf } from './keys.ts';
import type { LocalLimits } from './limits.ts';
import { LocalLog, type LocalShared, type LogEntry } from './local-log.ts';
import { Removal } from './removal.ts';
import { Space } from './space.ts';

/** What the store has done since it was opened. */
export interface LocalCounters {
  readonly commits: number;
  /** Batches of records read from disk: none while readers keep up. */
  readonly diskReads: number;
  readonly bytes: number;
}

interface KnownLog {
  readonly entry: LogEntry;
  readonly cursors: LocalCursors;
  readonly stored: boolean;
}

export interface LocalStoreParts {
  readonly directory: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: LocalLimits;
  /** Called when it is closed and nothing is under way. */
  readonly onClose: () => void;
}

export class LocalLogStore implements LogStore {
  readonly kind = 'local';
  readonly directory: string;
  readonly #parts: LocalStoreParts;
  readonly #shared: LocalShared;
  readonly #counters = { diskReads: 0 };
  readonly #letters: LocalDeadLetters;
  /** Logs that are there and not open. */
  readonly #known = new Map<string, KnownLog>();
  readonly #open = new Map<string, LocalLog>();
  readonly #removals = new Set<Promise<void>>();
  #nextNumber = 1;
  #closed: Promise<void> | undefined;

  constructor(parts: LocalStoreParts) {
    const { environment, clock, logger, limits } = parts;
    this.#parts = parts;
    this.directory = parts.directory;
    const commits = new GroupCommit(environment, { logger, clock }, limits.transactionBytes);
    this.#shared = {
      environment,
      commits,
      clock,
      logger,
      limits,
      space: new Space(parts.directory, limits),
      tails: new TailCache(limits.tailCacheBytes),
      readCache: new ReadCache(limits.readCacheBytes),
      counters: this.#counters,
      queue: { bytes: 0, records: 0 },
    };
    this.#letters = new LocalDeadLetters({ environment, commits, space: this.#shared.space, limits });
  }

  /** Reads what there is. Gives what is corrupt, if anything. Called once, before anything else. */
  load(): string | undefined {
    const { environment } = this.#parts;
    for (const { key, value } of environment.entries(kindRange(kinds.log))) {
      const number = numberOf(key);
      const wrong = this.#loadLog(number, value);
      if (wrong !== undefined) return wrong;
    }
    for (const key of [...environment.keys(kindRange(kinds.removing))]) {
      // One that is taken up again has nobody to answer to: it is tried once more at the next start.
      this.#startRemoval(numberOf(key), false).catch(() => undefined);
    }
    return this.#letters.load();
  }

  get deadLetters(): DeadLetterStore {
    return this.#letters;
  }

  get counters(): LocalCounters {
    return {
      commits: this.#shared.commits.commits,
      diskReads: this.#counters.diskReads,
      bytes: this.#shared.space.used,
    };
  }

  async open(name: string, retention: Retention): Promise<EventLog> {
    if (this.#closed !== undefined) throw new Error(`the store of ${this.directory} is closed`);
    const open = this.#open.get(name);
    if (open !== undefined) {
      open.setRetention(retention);
      return open;
    }
    const known = this.#known.get(name) ?? this.#newLog(name);
    this.#known.delete(name);
    const log = new LocalLog(this.#shared, known.entry, { ...known, retention }, () => this.#forget(log));
    this.#open.set(name, log);
    // A log that is new stands in the directory from now on; when the disk is full, from its first append on.
    if (!known.stored) await log.commit({ put: [], remove: [], readUpTo: [] });
    return log;
  }

  async list(): Promise<readonly string[]> {
    return [...new Set([...this.#known.keys(), ...this.#open.keys()])].sort();
  }

  /** Rejects when the disk does not take it: then the log is still there. */
  async remove(name: string): Promise<void> {
    await this.#open.get(name)?.close();
    const known = this.#known.get(name);
    if (known === undefined) return;
    this.#known.delete(name);
    const { extent, number } = known.entry;
    try {
      await this.#startRemoval(number, true);
      this.#shared.space.used -= extent.upTo - extent.before;
    } catch (error) {
      this.#known.set(name, known);
      throw error;
    }
  }

  /** Settles what is under way, and gives the directory free. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#open.values()].map((log) => log.close()));
    await this.#letters.close();
    await Promise.allSettled(this.#removals);
    await this.#shared.commits.close();
    await this.#parts.environment.flush();
    this.#parts.onClose();
    await this.#parts.environment.close();
  }

  #newLog(name: string): KnownLog {
    const number = this.#nextNumber;
    this.#nextNumber += 1;
    return { entry: { number, name, extent: emptyExtent }, cursors: new LocalCursors(number), stored: false };
  }

  #loadLog(number: number, value: Uint8Array): string | undefined {
    const { environment } = this.#parts;
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    const stored = parseEntry(value);
    if (stored === undefined) return `the entry of log ${number} is not as it was written`;
    const batches = new LocalBatches(number, environment, this.#shared.readCache, this.#counters);
    const extent = batches.load(stored.extent);
    if (typeof extent === 'string') return extent;
    const cursors = new LocalCursors(number);
    const wrong = cursors.load(environment);
    if (wrong !== undefined) return wrong;
    this.#shared.space.used += extent.upTo - extent.before;
    this.#known.set(stored.name, { entry: { number, name: stored.name, extent }, cursors, stored: true });
    return undefined;
  }

  #startRemoval(number: number, first: boolean): Promise<void> {
    this.#nextNumber = Math.max(this.#nextNumber, number + 1);
    const { environment, commits, limits } = this.#shared;
    const done = new Removal({ environment, commits, limits }, number, first).done;
    this.#removals.add(done);
    return done.finally(() => this.#removals.delete(done));
  }

  /** A closed log can be opened again: what it is now is kept. */
  #forget(log: LocalLog): void {
    this.#open.delete(log.name);
    this.#known.set(log.name, log.known);
  }
}

function kindRange(kind: number) {
  return { from: Buffer.from([kind]), to: Buffer.from([kind + 1]) };
}

function parseEntry(value: Uint8Array): { readonly name: string; readonly extent: Extent } | undefined {
  const payload = unseal(value);
  if (payload === undefined) return undefined;
  const { name, end, upTo, lastTimeMs } = JSON.parse(payload.toString('utf8'));
  return { name, extent: { start: end, end, before: upTo, upTo, lastTimeMs } };
}
