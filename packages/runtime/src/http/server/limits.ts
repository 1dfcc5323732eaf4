/** Limits of the server port. Each protects memory or a slot that a slow or hostile peer could hold. */
export interface HttpServerLimits {
  /** Body of a request: 413 above it, also while it streams in. */
  readonly bodyBytes: number;
  /** Request line and headers together: 431 above it. Events have their attributes there. */
  readonly headerBytes: number;
  /** Open connections: further ones are closed at once. Leaves file descriptors to the other side. */
  readonly connections: number;
  /** Requests between their header and their answer: 429 above it. 4,096 are 0.3 to 0.5 s of work for one core. */
  readonly requests: number;
  /** Bodies of those requests in memory: 429 above it. */
  readonly bufferedBytes: number;
  /** Until the header is complete (slow loris): 408. */
  readonly headersTimeoutMs: number;
  /** Until the request is complete, body included: 408. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept: above what load balancers use (60 s), so that they close first. */
  readonly keepAliveMs: number;
  /** How often the two request timeouts are looked at: their precision. */
  readonly timeoutCheckMs: number;
  /** After an answer that leaves a body unread: how long the rest is read away, so that the answer is not lost. */
  readonly lingerMs: number;
  /** A refused body up to this size is read to its end, and the connection kept. */
  readonly discardBytes: number;
}

export const httpServerLimits: HttpServerLimits = {
  bodyBytes: 10 * 1024 * 1024,
  headerBytes: 64 * 1024,
  connections: 10_000,
  requests: 4_096,
  bufferedBytes: 256 * 1024 * 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveMs: 65_000,
  timeoutCheckMs: 1_000,
  lingerMs: 2_000,
  discardBytes: 64 * 1024,
};
