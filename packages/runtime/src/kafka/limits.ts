/** Every bound of the Kafka client, with its reason. Tests may set their own. */
export interface KafkaLimits {
  /** A node that does not take a connection in this time is tried again later. */
  readonly connectMs: number;
  /** The longest a node may take to answer. A produce waits for replicas, a fetch for events: both well below. */
  readonly requestMs: number;
  /** How long an append is tried before it is given up: a leader's failover with Kafka's default times, and some. */
  readonly produceMs: number;
  /** How long the other requests are tried: less than a caller's own patience. */
  readonly retryMs: number;
  /** Bytes of records that wait to be sent, over all topics of a cluster: what a log may buffer is bounded. */
  readonly queueBytes: number;
  /** Bytes of one batch: below the limit that Kafka has by default (1,048,588), so that no batch is refused for its size. */
  readonly batchBytes: number;
  /** Bytes of one produce request. */
  readonly requestBytes: number;
  /** A process that was not heard of for so long has lost its partitions: short enough to heal within half a minute. */
  readonly sessionMs: number;
  /** How often a process says that it is there, and learns that partitions are shared anew. */
  readonly heartbeatMs: number;
  /** How long the others wait for a process that is to give partitions away. Its drain has to end within it. */
  readonly rebalanceMs: number;
  /** A process stops using its partitions so long before the others may take them. */
  readonly sessionMarginMs: number;
}

export const defaultKafkaLimits: KafkaLimits = {
  connectMs: 5_000,
  requestMs: 30_000,
  produceMs: 30_000,
  retryMs: 15_000,
  queueBytes: 32 * 1_048_576,
  batchBytes: 921_600,
  requestBytes: 4 * 1_048_576,
  sessionMs: 10_000,
  heartbeatMs: 1_000,
  rebalanceMs: 60_000,
  sessionMarginMs: 1_000,
};

const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 1_000;

/** The wait before try `count + 1` (count ≥ 1): doubled each time, up to a second, so that healing is seen soon. */
export function retryDelayMs(count: number): number {
  return Math.min(RETRY_FIRST_MS * 2 ** Math.min(count - 1, 10), RETRY_MAX_MS);
}
