/**
 * The NATS client port: what Millrace needs of a NATS server, and no more. The clients behind it are @nats-io/*.
 *
 * N1. Nothing here throws or rejects for what the world does: an answer is a value, and says whether it is known that
 *     nothing happened (`refused`) or not (`unreachable`).
 * N2. A connection that was made once is made again without end, until `close` or `abort`.
 * N3. Nothing is buffered without a limit: while there is no connection, every call answers `unreachable`.
 */

/** No answer came: it may have happened all the same. */
export interface NatsUnreachable {
  readonly kind: 'unreachable';
  readonly reason: string;
}

/** The server said no. `code` is JetStream's `err_code`, or 0. `passing`: it is worth trying again as it is. */
export interface NatsRefused {
  readonly kind: 'refused';
  readonly code: number;
  readonly reason: string;
  readonly passing: boolean;
}

export type NatsAnswer<T> = { readonly kind: 'ok'; readonly value: T } | NatsUnreachable | NatsRefused;

/** What the server said of itself when the connection was made. */
export interface NatsServerFacts {
  readonly version: string;
  /** Whether it is at least this version. */
  atLeast(major: number, minor: number): boolean;
  readonly jetStream: boolean;
  /** Bytes of one message, headers included. */
  readonly maxPayloadBytes: number;
  /** Name of its cluster, when it is in one. */
  readonly cluster?: string;
  /** Servers it knows of, itself included. */
  readonly clusterSize: number;
}

export interface NatsStreamFacts {
  /** NATS' own configuration of the stream. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly firstSequence: number;
  readonly lastSequence: number;
  readonly messages: number;
  readonly bytes: number;
  /** Of the oldest message, milliseconds since the epoch. */
  readonly firstTimeMs: number;
  /** Of the newest, also when it is gone; 0 when there never was one. */
  readonly lastTimeMs: number;
  /** Replicas that are there and follow, the leader included; 1 where there is no cluster. */
  readonly liveReplicas: number;
}

/** A message to be published. */
export interface NatsOutgoing {
  readonly subject: string;
  /** Lines `name: value\r\n`, ASCII. */
  readonly headers: string;
  readonly data: Uint8Array;
}

/** Sequences the messages have, in their order. `duplicate`: all were there already, from an attempt before. */
export interface NatsStored {
  readonly sequences: readonly number[];
  readonly duplicate: boolean;
}

export interface NatsStoredMessage {
  readonly sequence: number;
  readonly subject: string;
  /** Milliseconds since the epoch, by the server's clock. */
  readonly timeMs: number;
  /** Flat: name, value, …, as they were written; names of any case. */
  readonly headers: readonly string[];
  readonly data: Uint8Array;
}

/** What a consumer says of the stream. */
export interface NatsHint {
  readonly sequence: number;
  /** Messages after this one. */
  readonly pending: number;
  readonly timeMs: number;
}

export interface NatsValue {
  readonly key: string;
  readonly sequence: number;
  readonly data: Uint8Array;
}

export interface NatsClient {
  /** As of the last connection. */
  readonly server: NatsServerFacts;
  readonly connected: boolean;
  /** Called when the connection was lost (false) and made again (true). Returns what ends it. */
  onConnection(listener: (connected: boolean) => void): () => void;

  stream(name: string): Promise<NatsAnswer<NatsStreamFacts | undefined>>;
  createStream(config: Readonly<Record<string, unknown>>): Promise<NatsAnswer<NatsStreamFacts>>;
  updateStream(config: Readonly<Record<string, unknown>>): Promise<NatsAnswer<NatsStreamFacts>>;
  /** True when it was there. */
  deleteStream(name: string): Promise<NatsAnswer<boolean>>;
  /** Removes messages below `sequence`, or those of a subject. Gives how many went. */
  purge(
    name: string,
    what: { readonly below: number } | { readonly subject: string; readonly below?: number },
  ): Promise<NatsAnswer<number>>;

  /**
   * One attempt to publish a group, which resolves with the server's acknowledgement of every message. `atomic`: all or
   * nothing, in sequence (server 2.12, stream with `allow_atomic`); otherwise each for itself, all in flight at once.
   */
  publish(messages: readonly NatsOutgoing[], atomic: boolean): Promise<NatsAnswer<NatsStored>>;

  /** Messages from a sequence on, in order; empty at the end. At least one is given, whatever its size. */
  fetch(
    stream: string,
    from: number,
    limit: { readonly messages: number; readonly bytes: number },
  ): Promise<NatsAnswer<readonly NatsStoredMessage[]>>;
  /** The first message at a sequence or later, from the stream's leader: for when a replica may not have it yet. */
  next(stream: string, from: number): Promise<NatsAnswer<NatsStoredMessage | undefined>>;
  /** The first message at a time or later. */
  firstAt(stream: string, timeMs: number): Promise<NatsAnswer<NatsHint | undefined>>;
  /** Tells of messages from a sequence on, without their data, as they are asked for. */
  watch(stream: string, from: number, listener: NatsWatchListener): Promise<NatsAnswer<NatsWatch>>;

  bucket(name: string, replicas: number): Promise<NatsAnswer<NatsBucket>>;

  /** Sends what is under way, and ends. */
  close(): Promise<void>;
  /** Ends at once: what was not sent is not sent. */
  abort(): void;
}

export interface NatsWatchListener {
  hint(hint: NatsHint): void;
  /** The request that was made by `ask` is used up. */
  answered(): void;
  /** It has to be made anew. */
  gone(reason: string): void;
}

export interface NatsWatch {
  /** Asks for messages, at most so many, for at most so long. */
  ask(messages: number, waitMs: number): void;
  close(): void;
}

/**
 * A write that is made with others and on which they all depend: refused when somebody wrote the key after the sequence
 * `after` (0: when it is there). A chain of writes, each after the one before, cannot be overtaken by one that was held up.
 */
export interface NatsFence {
  readonly key: string;
  readonly data: Uint8Array;
  readonly after: number;
}

export type NatsWrite =
  | { readonly kind: 'put'; readonly key: string; readonly data: Uint8Array }
  | { readonly kind: 'remove'; readonly key: string };

/** A key-value bucket: a stream with one message a key. Keys are `[-/_=.a-zA-Z0-9]+`. */
export interface NatsBucket {
  /** Name of the stream below. */
  readonly stream: string;
  /** The value, from the stream's leader. */
  get(key: string): Promise<NatsAnswer<NatsValue | undefined>>;
  /** Refused with `wrongSequence` when somebody wrote the key since; sequence 0: when it is there. */
  put(key: string, data: Uint8Array, after?: number): Promise<NatsAnswer<number>>;
  /**
   * All writes, together where the server can (2.12, 1,000 writes), and in any case the fence not before any other. Refused
   * with `wrongSequence` when the fence does not hold. Gives the fence's sequence.
   */
  write(fence: NatsFence, writes: readonly NatsWrite[]): Promise<NatsAnswer<number>>;
  /** Values of all keys that match (`*` and `>` as in subjects), and the last sequence that was seen on the way. */
  values(filter: string): Promise<NatsAnswer<{ readonly values: readonly NatsValue[]; readonly sequence: number }>>;
  /** Removes keys that match for good; with `below`, where they were not written at this sequence or later. */
  purge(filter: string, below?: number): Promise<NatsAnswer<number>>;
}

/** JetStream's codes that somebody looks at. */
export const natsCodes = {
  wrongSequence: 10_071,
  storeFailed: 10_077,
  streamNotFound: 10_059,
  nameInUse: 10_058,
  replicasNotSupported: 10_074,
  noSuitablePeers: 10_005,
  accountLimit: 10_002,
  resources: 10_023,
  storageLimit: 10_047,
  jetStreamOff: 10_076,
  jetStreamOffForAccount: 10_039,
  messageTooLarge: 10_054,
  headersTooLarge: 10_097,
  batchTooLarge: 10_199,
  batchHasDuplicate: 10_201,
  atomicDisabled: 10_174,
} as const;
