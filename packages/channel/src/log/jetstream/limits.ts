/** Every limit of the JetStream log, with its reason. */
const mib = 1024 ** 2;

export interface JetStreamLimits {
  /** Bytes of records waiting for their acknowledgement, above which `append` answers `busy`. */
  readonly queueBytes: number;
  /** Records waiting for their acknowledgement. Small events cost more than their bytes. */
  readonly queueRecords: number;
  /** What a client is told to wait when the queue is full: a few flushes of the server. */
  readonly busyRetryAfterMs: number;
  /** Records published as one group: half of what a server takes, since one flush for so many is cheap enough. */
  readonly groupRecords: number;
  /**
   * Records up to which a group is sent message by message instead of as a batch, for the same reason as `headBytes`: with
   * one flush for each, this many take about as long as one batch.
   */
  readonly singleRecords: number;
  /** Bytes of one group: it is copied into the socket at once, and held by the server until it is whole. */
  readonly groupBytes: number;
  /**
   * How long a group is tried before its appends fail. Longer than a cluster takes to choose a new leader (6 s seen), and
   * far below the duplicate window, within which a second attempt cannot store anything twice.
   */
  readonly publishMs: number;
  /** How long a group waits for a connection before its appends fail: whoever sent the event has a time-out too. */
  readonly connectionMs: number;
  /** Wait before a group is tried again, doubled each time up to the second figure. */
  readonly retryMs: number;
  readonly retryMsMax: number;
  /** Bytes of recently appended records kept in memory when they were read, for each log: others read them milliseconds later. */
  readonly tailBytes: number;
  /** The same while more waits to be read: who takes a batch and has room for a part of it comes back for the rest. */
  readonly tailAgainBytes: number;
  /**
   * Bytes of recently appended records, read or not, of all logs of a store together. A commit takes the server some 10 ms,
   * and what waits for a slot then is some thousand events.
   */
  readonly tailsBytes: number;
  /** Messages a watch asks for at once: hints without data, about 200 bytes each. */
  readonly watchMessages: number;
  /** How long a watch waits for messages before it asks again. */
  readonly watchMs: number;
  /** No watch is needed while this process appends so often: what others append shows in its own sequences. */
  readonly quietMs: number;
  /**
   * How long a lease lasts. A process that crashed leaves its logs undispatched for so long; one that cannot reach the
   * server for so long stops. Above what a cluster needs to choose a leader, or every such choice would stop dispatch.
   */
  readonly leaseMs: number;
  /** A lease of another process is taken over when it was seen unchanged for this share of its time longer. */
  readonly leaseGrace: number;
  /** Commits waiting for the one under way are merged; states of cursors in one merged commit, at most. */
  readonly commitStates: number;
  /**
   * Bytes of changed states kept in the head, which each commit writes anew; beyond, they go to keys of their own. One small
   * write costs the server one flush; a batch costs it several and the making of files, some 3 to 20 ms.
   */
  readonly headBytes: number;
  /** How long a commit is tried before it fails: the engine tries again with newer states. */
  readonly commitMs: number;
  /** Rounds of removing and looking again in one trim: the size of messages is only known on average. */
  readonly trimRounds: number;
}

export const defaultJetStreamLimits: JetStreamLimits = {
  queueBytes: 32 * mib,
  queueRecords: 65_536,
  busyRetryAfterMs: 100,
  groupRecords: 500,
  singleRecords: 8,
  groupBytes: 4 * mib,
  publishMs: 20_000,
  connectionMs: 10_000,
  retryMs: 50,
  retryMsMax: 1_000,
  tailBytes: mib / 16,
  tailAgainBytes: mib,
  tailsBytes: 16 * mib,
  watchMessages: 256,
  watchMs: 30_000,
  quietMs: 50,
  leaseMs: 10_000,
  leaseGrace: 0.2,
  commitStates: 100_000,
  headBytes: 16 * 1024,
  commitMs: 10_000,
  trimRounds: 16,
};

/** Duplicates are recognised for so long by streams that we make: NATS' own default. */
export const duplicateWindowMs = 120_000;
