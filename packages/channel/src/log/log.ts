/**
 * The event log port: what every log (memory, local, Kafka, JetStream) offers to the dispatch engine, and no more.
 *
 * A log belongs to one Broker or Channel. It is append-only, ordered within a partition, addressed by offset and by
 * time, retained by age and size, and not consumed away. Cursors are kept beside it.
 *
 * L1. `append` resolves as `appended` only when every record is durable: what a crash of the process or the machine
 *     would take away was never acknowledged.
 * L2. Offsets of a partition grow by at least one from record to record and are never used twice, across restarts too.
 * L3. `read` gives records in offset order, without gaps other than those the log itself has, and only durable ones.
 * L4. `commit` is durable when it resolves. It is atomic, or, where the storage cannot do that, cursors become durable
 *     before `readUpTo` does, so that a part of it repeats events and never skips one. A later commit is never overtaken.
 * L5. Retention never takes a record that a stored cursor has not settled. When the limit is reached and nothing can
 *     go, `append` answers `full` and names the cursor in the way.
 *     Where the server does retention by rules of its own (Kafka), a read of what it took says out of range, `append` is
 *     never `full`, `trim` removes nothing, and no cursor is moved.
 * L6. Where processes share a log, each serves the partitions that were assigned to it, and no partition is assigned to
 *     two: a partition is given up only after `revoked` resolved, or when the log was told that it is lost already.
 * L7. A log that failed (disk full, corrupt) says so in its answers; it never throws for what the world does to it.
 *
 * Source: design section 4.
 */
import type { CloudEvent, LogBacking } from '@millrace/api';

/** A position within a partition. Safe integers: 2^53 events outlast the machine. */
export type Offset = number;

/** Header fields that travel with an event to the next hop: flat `[name, value, …]`, lower-case names; mostly empty. */
export type PassHeaders = readonly string[];

export interface NewRecord {
  readonly event: CloudEvent;
  readonly headers: PassHeaders;
  /** Partition key (extension `partitionkey`), when the event has one: decides the partition and the order. */
  readonly key?: string;
}

export interface LogRecord extends NewRecord {
  readonly partition: number;
  readonly offset: Offset;
  /** When it was appended, milliseconds since the epoch; does not shrink with the offset. */
  readonly timeMs: number;
  /** What it counts for in limits: see `sizeOfEvent`. */
  readonly bytes: number;
}

export type AppendOutcome =
  | {
      readonly kind: 'appended';
      readonly positions: readonly { readonly partition: number; readonly offset: Offset }[];
    }
  /** Nothing was kept. `heldBy`: names of cursors whose unsettled events are in the way of retention. */
  | { readonly kind: 'full'; readonly reason: string; readonly heldBy: readonly string[] }
  /** Too many appends under way: nothing was kept; try again after `retryAfterMs`. */
  | { readonly kind: 'busy'; readonly retryAfterMs: number }
  /** It is not known to be durable and must not be acknowledged. */
  | { readonly kind: 'failed'; readonly reason: string };

export type ReadOutcome =
  /** `next` is where to go on; `records` is empty at the end of the log. */
  | { readonly kind: 'records'; readonly records: readonly LogRecord[]; readonly next: Offset }
  /** Retention took it away (only possible where no cursor held it). */
  | { readonly kind: 'out-of-range'; readonly start: Offset; readonly end: Offset }
  | { readonly kind: 'failed'; readonly reason: string };

export interface ReadLimit {
  readonly records: number;
  /** At least one record is given, however large. */
  readonly bytes: number;
}

/** First offset that is kept, and the offset the next record gets. */
export interface PartitionRange {
  readonly partition: number;
  readonly start: Offset;
  readonly end: Offset;
  /** Bytes on disk, as far as the log can tell. */
  readonly bytes: number;
}

/**
 * What is durable of one cursor in one partition.
 * The cursor has settled everything below `seenUpTo` but `pending`. An attached cursor is besides past everything
 * below the log's `readUpTo`: what matched it before that was recorded first (engine invariant).
 */
export interface CursorState {
  /** UID of the Trigger or Subscription, or the name its route gives its cursor. */
  readonly name: string;
  readonly partition: number;
  readonly seenUpTo: Offset;
  /** Offsets below `seenUpTo` that were given to it and are not settled, ascending. Bounded by its window. */
  readonly pending: readonly Offset[];
  /** A detached cursor (slow, paused, or catching up) reads for itself from `seenUpTo`; `readUpTo` says nothing of it. */
  readonly detached: boolean;
}

export interface CursorCommit {
  readonly put: readonly CursorState[];
  readonly remove: readonly string[];
  /** The shared reader's position per partition: everything below was matched and given to attached cursors. */
  readonly readUpTo: readonly { readonly partition: number; readonly offset: Offset }[];
}

export interface StoredCursors {
  readonly cursors: readonly CursorState[];
  readonly readUpTo: readonly { readonly partition: number; readonly offset: Offset }[];
}

export type CommitOutcome = { readonly kind: 'committed' } | { readonly kind: 'failed'; readonly reason: string };

export interface Retention {
  readonly ageMs: number;
  readonly bytes: number;
}

/** Whoever serves a log's partitions: the dispatch engine. Calls come one at a time. */
export interface PartitionListener {
  /** These are served from now on: their cursors are loaded and reading begins. */
  assigned(partitions: readonly number[]): Promise<void>;
  /** These go to another process: resolves when what was in flight has ended or was handed back, and is committed. */
  revoked(partitions: readonly number[]): Promise<void>;
  /** These are gone already (a session ran out): nothing of them may be committed any more. */
  lost(partitions: readonly number[]): void;
}

export interface EventLog {
  /** UID of the Broker or Channel it belongs to. */
  readonly name: string;
  /** What is served here now: all partitions, but where processes share the log (L6). */
  readonly partitions: readonly number[];

  /**
   * Where processes share the log: begins to take part in sharing, and stops with what it returns, which gives back all
   * partitions first. Absent: all partitions are served here, always.
   */
  readonly share?: (listener: PartitionListener) => () => Promise<void>;

  /** All or nothing for one call: the records become durable together or none is acknowledged. */
  append(records: readonly NewRecord[]): Promise<AppendOutcome>;

  /** At once where the records are still in memory, else from storage. */
  read(partition: number, from: Offset, limit: ReadLimit): ReadOutcome | Promise<ReadOutcome>;

  /** Calls `listener` after records became durable and readable. Returns what ends it. */
  onAppend(listener: () => void): () => void;

  range(partition: number): PartitionRange;

  /** The first offset whose record was appended at `timeMs` or later; the end when there is none. */
  offsetAt(partition: number, timeMs: number): Promise<Offset>;

  /**
   * What is stored of the partitions served here. `names`: cursors that are asked for; others that the log knows of are
   * given too (a log that cannot list its cursors gives those asked for).
   */
  loadCursors(names: readonly string[]): Promise<StoredCursors>;
  commit(change: CursorCommit): Promise<CommitOutcome>;

  /** New limits, applied at the next trim. */
  setRetention(retention: Retention): void;
  /** Removes what retention allows (L5). The engine's owner calls it on a schedule. Gives how many records went. */
  trim(): Promise<number>;

  /** Ends it; appends under way are settled first. */
  close(): Promise<void>;
}

/** Opens logs by name: one for a data directory, a Kafka cluster or a JetStream account. */
export interface LogStore {
  readonly kind: 'memory' | 'local' | 'kafka' | 'jetstream';
  /**
   * Opens the log, making it when it is not there. Opening it twice gives the same one.
   * `backing`: where it lives, for stores that keep logs in more than one place.
   */
  open(name: string, retention: Retention, backing?: LogBacking): Promise<EventLog>;
  /** Ends a log and forgets that it was open: the next `open` begins anew. Absent where a log costs nothing while it is open. */
  release?(name: string): Promise<void>;
  /** Names of the logs it keeps. */
  list(): Promise<readonly string[]>;
  /** Removes a log with all its records and cursors. */
  remove(name: string): Promise<void>;
  close(): Promise<void>;
}
