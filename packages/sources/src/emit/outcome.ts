/** How emitting an event ended: exactly one of these, as a value. */
import type { CloudEvent, Target } from '@millrace/api';

export interface Emission {
  readonly sink: Target;
  /** Namespace of the source: sent as `Kn-Namespace`. */
  readonly namespace: string;
  readonly event: CloudEvent;
  /** All attempts and waits together, milliseconds. Absent: `deadlineMsDefault`. */
  readonly deadlineMs?: number;
}

/** Ends that are not `sent`; each says why in one line. */
export type UnsentOutcome =
  /** The last attempt was answered with a code that is no success. */
  | {
      readonly kind: 'refused';
      readonly statusCode: number;
      readonly attempts: number;
      readonly reason: string;
      /** The header of that answer as it came. */
      readonly retryAfter?: string;
    }
  /** The last attempt got no answer: refused, reset, or timed out. */
  | { readonly kind: 'no-answer'; readonly attempts: number; readonly reason: string }
  /** Too much is under way already; nothing was attempted. */
  | { readonly kind: 'overflow'; readonly attempts: 0; readonly reason: string }
  /** There is no address to send it to. */
  | { readonly kind: 'no-sink'; readonly attempts: 0; readonly reason: string }
  /** The process ends before the event could be sent. */
  | { readonly kind: 'stopped'; readonly attempts: number; readonly reason: string };

export type EmitOutcome =
  | { readonly kind: 'sent'; readonly statusCode: number; readonly attempts: number }
  | UnsentOutcome;

export interface Emitter {
  /** Sends one event, with retries. Never rejects. */
  emit(emission: Emission): Promise<EmitOutcome>;
  /** Events under way. */
  readonly pending: number;
  /**
   * Takes nothing new, waits until what is under way has ended, and after `limitMs` gives up the rest (`stopped`).
   * Returns how many events were given up for that.
   */
  close(limitMs: number): Promise<number>;
}
