/** What a store refuses, and why: a closed set of codes, each with the HTTP status a Kubernetes API gives for it. */
import type { FieldError } from '@millrace/api';

export type StoreErrorCode = 'not-found' | 'already-exists' | 'conflict' | 'invalid' | 'gone' | 'forbidden' | 'failed';

export interface StoreErrorDetails {
  /** What admission found, when that is why. The HTTP boundary renders it as the webhook's denial. */
  readonly fieldErrors?: readonly FieldError[];
  readonly group?: string;
  readonly kind?: string;
  readonly name?: string;
  readonly cause?: unknown;
}

/**
 * Thrown by every operation of a store that cannot be done.
 * `gone`: the resource version is older than what the store remembers; list again. `failed`: the store itself is not
 * able to (disk full, closed): nothing was changed, and the write may be tried again.
 */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly details: StoreErrorDetails;

  constructor(code: StoreErrorCode, message: string, details: StoreErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'StoreError';
    this.code = code;
    this.details = details;
  }
}

export function isStoreError(error: unknown, code?: StoreErrorCode): error is StoreError {
  return error instanceof StoreError && (code === undefined || error.code === code);
}
