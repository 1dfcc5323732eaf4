/**
 * The dead-letter store port: keeps the events that nobody could take, with their context, until a person decides.
 *
 * D1. `put` resolves as `kept` only when it is durable. It is idempotent by (subscription, log, partition, offset).
 * D2. Nothing leaves it but by `remove`.
 * D3. It has a limit in bytes. When it is reached it answers `full`, and the delivery stays unsettled in its log.
 */
import type { CloudEvent } from '@millrace/api';
import type { Offset, PassHeaders } from '../log/log.ts';

/** Why an event came here. */
export type DeadLetterReason = 'no-dead-letter-sink' | 'dead-letter-sink-failed';

export interface DeadLetter {
  /** Assigned by the store, ascending. */
  readonly id: number;
  readonly subscription: {
    readonly uid: string;
    readonly namespace: string;
    readonly name: string;
    readonly revision: number;
  };
  readonly log: { readonly uid: string; readonly namespace: string; readonly name: string };
  readonly partition: number;
  readonly offset: Offset;
  readonly event: CloudEvent;
  readonly headers: PassHeaders;
  readonly reason: DeadLetterReason;
  /** Where the last attempt went, and how it ended: an HTTP status, or a word such as ECONNREFUSED. */
  readonly destination: string;
  readonly lastError: string;
  readonly statusCode?: number;
  /** First bytes of the answer, 1,024 at most. */
  readonly responseBody?: Uint8Array;
  readonly attempts: number;
  readonly firstFailureMs: number;
  readonly lastFailureMs: number;
}

export type NewDeadLetter = Omit<DeadLetter, 'id'>;

export type PutOutcome =
  | { readonly kind: 'kept'; readonly id: number }
  | { readonly kind: 'full'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export interface DeadLetterQuery {
  readonly subscriptionUid?: string;
  readonly logUid?: string;
  /** Only ids above this one. */
  readonly after?: number;
  readonly limit: number;
}

export interface DeadLetterStore {
  put(letter: NewDeadLetter): Promise<PutOutcome>;
  list(query: DeadLetterQuery): Promise<readonly DeadLetter[]>;
  count(subscriptionUid?: string): number;
  remove(ids: readonly number[]): Promise<void>;
  close(): Promise<void>;
}
