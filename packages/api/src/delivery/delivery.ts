/**
 * How an event is delivered, resolved to numbers: what the data plane needs of a DeliverySpec.
 * Source: reference section 4; differences: design section 7 (back-off, durations, Retry-After).
 */

/** Where a request goes. `url` is absolute, http or https. */
export interface Target {
  readonly url: string;
  /** PEM certificates to trust beside the system's, when the destination names them. */
  readonly caCerts?: string;
  readonly audience?: string;
}

export type BackoffPolicy = 'linear' | 'exponential';

/** A DeliverySpec after merging and defaulting. All durations in milliseconds. */
export interface DeliveryPolicy {
  /** Retries after the first attempt: attempts = 1 + retryMax. */
  readonly retryMax: number;
  readonly backoffPolicy: BackoffPolicy;
  readonly backoffDelayMs: number;
  /** Limit of one attempt, from connecting to the end of the response. */
  readonly timeoutMs: number;
  /** The longest Retry-After that is honoured; 0 ignores the header. */
  readonly retryAfterMaxMs: number;
  /** Content mode on the way out; absent: as the event came in. */
  readonly format?: 'json' | 'binary';
}
