/** Every bound of the Kafka log, with its reason. Tests may set their own. */
export interface KafkaLogLimits {
  /** Bytes of records kept in memory after they were read or appended, over all logs: the ends of logs, and read-ahead. */
  readonly cacheBytes: number;
  /** Bytes asked for of one partition at once: four reads of the dispatch engine. */
  readonly fetchBytes: number;
  /** Bytes of one answer, whatever the number of partitions. */
  readonly answerBytes: number;
  /** How long a broker waits for the next record before it answers with none. Costs two requests a second when idle. */
  readonly waitMs: number;
  /** The same while some partitions are left out: they come back soon. */
  readonly shortWaitMs: number;
  /**
   * A partition to which this process appends is not waited on: its acknowledgements show what others append. So long after
   * the last one it is waited on again.
   */
  readonly ownAppendMs: number;
  /** How often the end of a partition is asked for that nobody here reads at its end: for its lag. */
  readonly lookMs: number;
  /** How often the offsets of cursors are stored again: Kafka forgets those that were not for `offsets.retention.minutes`. */
  readonly refreshMs: number;
  /** Bytes of a commit's text: the default of `offset.metadata.max.bytes`. */
  readonly metadataBytes: number;
}

export const defaultKafkaLogLimits: KafkaLogLimits = {
  cacheBytes: 16 * 1_048_576,
  fetchBytes: 1_048_576,
  answerBytes: 4 * 1_048_576,
  waitMs: 500,
  shortWaitMs: 100,
  ownAppendMs: 50,
  lookMs: 1_000,
  refreshMs: 6 * 3_600_000,
  metadataBytes: 4_096,
};

/** How long a client should wait when too much is waiting to be stored. */
export const busyRetryAfterMs = 100;

/** After something went wrong with a wait for records. */
export const troubleDelayMs = 250;
