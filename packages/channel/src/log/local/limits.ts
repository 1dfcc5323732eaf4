/** Every limit of the local store, with its reason. */
const kib = 1024;
const mib = 1024 * kib;

export interface LocalLimits {
  /** Bytes of records waiting for their flush, above which `append` answers `busy`: what a crash may leave unanswered. */
  readonly queueBytes: number;
  /** Records waiting for their flush. Small events cost more than their bytes. */
  readonly queueRecords: number;
  /** What a client is told to wait when the queue is full: a few flushes of a slow disk. */
  readonly busyRetryAfterMs: number;
  /** Bytes of records in one transaction. Longer ones make everybody in them wait longer for no gain per event. */
  readonly transactionBytes: number;
  /** Bytes of one stored batch. What is read from disk is read by the batch, so a large one makes small reads dear. */
  readonly batchBytes: number;
  /** Records of one stored batch, for the same reason. */
  readonly batchRecords: number;
  /** Keys removed in one transaction, by retention and when a log is deleted, so that appends are not held up. */
  readonly removalsPerTransaction: number;
  /**
   * Bytes of recently appended records kept in memory, all logs together; the oldest go first. Readers that keep up need
   * milliseconds of it; what is kept for longer outlives the young generation, and makes the old one be collected sooner.
   */
  readonly tailCacheBytes: number;
  /** Bytes of records kept that were read from disk, all logs together: a slow reader takes a batch in several reads. */
  readonly readCacheBytes: number;
  /** Appends are refused when less than this would be left on the disk: trimming needs room too. */
  readonly freeSpaceReserveBytes: number;
  /** Bytes of all logs and dead letters together, above which appends are refused. A map of this size is only virtual. */
  readonly storeBytes: number;
  /** Bytes of all dead letters (D3). */
  readonly deadLetterBytes: number;
  /** Pages of the index that are checked at the start: 256 MiB of them, a third of a second when they are in memory. */
  readonly verifyPages: number;
}

export const defaultLocalLimits: LocalLimits = {
  queueBytes: 32 * mib,
  queueRecords: 65_536,
  busyRetryAfterMs: 100,
  transactionBytes: 8 * mib,
  batchBytes: 256 * kib,
  batchRecords: 512,
  removalsPerTransaction: 1_000,
  tailCacheBytes: 64 * kib,
  readCacheBytes: 2 * mib,
  freeSpaceReserveBytes: 16 * mib,
  storeBytes: 1024 * 1024 * mib,
  deadLetterBytes: 1024 * mib,
  verifyPages: 65_536,
};
