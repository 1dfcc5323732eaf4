/** Every bound of the dispatch engine, with its reason. Tests and small machines may set their own. */
export interface DispatchLimits {
  /** Events one trigger may hold in memory. Four times a generous in-flight limit; more only adds latency to a pause. */
  readonly windowEvents: number;
  /** Bytes one trigger may hold; one event is always allowed, however large. Enough for a full window of 16 KiB events. */
  readonly windowBytes: number;
  /**
   * Unsettled events one ordered trigger may have open, kept as offsets once their bytes were given up. They are part
   * of each commit of the cursor, so the bound is what a commit may reasonably weigh: 64 KiB.
   */
  readonly orderedOpen: number;
  /** Bytes of events in memory over all triggers: leaves room for the process itself under 250 MiB. */
  readonly budgetBytes: number;
  /** Records in one read: a batch long enough to make the read itself cheap and short enough to share the thread. */
  readonly readRecords: number;
  readonly readBytes: number;
  /** Reads of detached cursors under way at once: their batches are in memory and outside the budget. */
  readonly concurrentReads: number;
  /** Batches in a row that came from memory before other work gets a turn of the event loop. */
  readonly batchesInARow: number;
  /** The shared position is committed when it is this far ahead of what was committed: a restart reads that much again. */
  readonly readAheadRecords: number;
  readonly readAheadBytes: number;
  /** And after this time: what retention keeps, and what others see of the position, is not older. */
  readonly positionWithinMs: number;
  /**
   * A commit of settlements waits for more of them while less than one in so many of a subscription's slots waits for it: the
   * rest keeps deliveries going, and a commit costs as much as several deliveries.
   */
  readonly slotsPerCommit: number;
  /** How long it waits for more. A crash repeats no more for it: slots bound that. */
  readonly commitWithinMs: number;
}

export const defaultLimits: DispatchLimits = {
  windowEvents: 1_024,
  windowBytes: 16 * 1_048_576,
  orderedOpen: 8_192,
  budgetBytes: 64 * 1_048_576,
  readRecords: 256,
  readBytes: 1_048_576,
  concurrentReads: 8,
  batchesInARow: 16,
  readAheadRecords: 1_024,
  readAheadBytes: 4 * 1_048_576,
  positionWithinMs: 1_000,
  slotsPerCommit: 3,
  commitWithinMs: 10,
};

/** Waits after something the engine itself needs has failed: a read, a commit, the dead-letter store. */
const TROUBLE_DELAY_MS = 100;
const TROUBLE_DELAY_MAX_MS = 30_000;

/** The wait before try `count + 1` (count ≥ 1): doubled each time, up to half a minute. */
export function troubleDelayMs(count: number): number {
  return Math.min(TROUBLE_DELAY_MS * 2 ** Math.min(count - 1, 20), TROUBLE_DELAY_MAX_MS);
}

/** The longest a sender waits for the deliveries of its event, where it waits at all: fifteen minutes, as the reference (5.2). */
export const settledWaitMs = 900_000;
/** Failures that are remembered for a sender who asks a moment after they happened. */
export const rememberedFailures = 1_024;
/** What deliveries under way get to end before their partition goes to another process: well under what a group waits for a member. */
export const leaveMs = 10_000;
/** What the first assignment of partitions may take before a table counts as applied without: a group with a slow member. */
export const firstShareMs = 10_000;
/** A log that takes longer to open goes on opening, and the other logs are served meanwhile. */
export const openMs = 10_000;
