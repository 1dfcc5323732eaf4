/** What a memory log is told from outside: how long things take, what goes wrong, and how it is partitioned. */
import type { Clock, Random } from '@millrace/runtime';
import type { AppendOutcome, CommitOutcome, CursorCommit, NewRecord, Offset, ReadOutcome } from '../log.ts';

/**
 * Called before each operation; what it gives happens instead of, or around, the operation. Undefined: nothing is wrong.
 * `kept` says that a failed append or commit became durable all the same, as after a lost answer: the port allows it.
 */
export interface MemoryFaults {
  append?(
    log: string,
    records: readonly NewRecord[],
  ): { readonly outcome: AppendOutcome; readonly kept?: boolean } | undefined;
  commit?(
    log: string,
    change: CursorCommit,
  ): { readonly outcome: CommitOutcome & { readonly kind: 'failed' }; readonly kept?: boolean } | undefined;
  read?(
    log: string,
    partition: number,
    from: Offset,
  ):
    | { readonly kind: 'slow'; readonly delayMs: number }
    | { readonly kind: 'fails'; readonly outcome: ReadOutcome }
    | undefined;
}

export interface MemoryOptions {
  readonly clock: Clock;
  /** Decides what of the undecided survives a crash. */
  readonly random: Random;
  /** How long one group of appends and commits takes to become durable; the next group waits for it. Default 0. */
  readonly durableDelayMs?: () => number;
  readonly faults?: MemoryFaults;
  /** Default 1. Records with the same key go to the same partition, others in turn. */
  readonly partitions?: number;
  /** Offsets to leave out before the next record, as logs do that keep markers of their own. Default none. */
  readonly offsetGap?: () => number;
  /** Bytes of appends under way, above which `append` answers `busy`. Default 32 MiB. */
  readonly queueBytes?: number;
}

/** As much as the local log takes before it pushes back: what a log may buffer is bounded. */
export const defaultQueueBytes = 32 * 1024 ** 2;

/** How long a client should wait when a log answers `busy`: a few flushes of a slow disk. */
export const busyRetryAfterMs = 100;
