/**
 * The delivery port: one attempt to hand an event to a destination. It never rejects; its answer says how it ended.
 * Retrying, replies and dead letters are decided by the engine, so that they run in a simulated world as well.
 */
import type { CloudEvent, Target } from '@millrace/api';
import type { Waiter } from '@millrace/runtime';
import type { PassHeaders } from '../log/log.ts';
import type { Outgoing } from './outgoing.ts';

/**
 * Where a deliverer keeps what it made of an event, for whoever else gets the same one. It lives as long as the event is
 * held in memory.
 */
export interface AttemptMemo {
  made?: { readonly attempt: Attempt; readonly outgoing: Outgoing } | undefined;
}

export interface Attempt {
  readonly target: Target;
  readonly event: CloudEvent;
  readonly headers: PassHeaders;
  /** Namespace of the Trigger: sent as `Kn-Namespace`. */
  readonly namespace: string;
  /** Sends `Prefer: reply`: for subscribers, not for dead letter sinks (reference 4.2). */
  readonly wantsReply: boolean;
  /** Only the status of the answer counts: nobody is to have a reply, so that its body may be anything. */
  readonly ignoresAnswer?: boolean;
  /** Content mode; absent: as the event came in. */
  readonly format?: 'json' | 'binary';
  /** From the start of the attempt to the end of the answer. */
  readonly timeoutMs: number;
  /** Present where several subscribers get the event. */
  readonly memo?: AttemptMemo | undefined;
}

/** Why no usable answer came. */
export type NoAnswer = 'timeout' | 'unreachable' | 'reset' | 'bad-answer' | 'bad-target';

export type AttemptOutcome =
  /** 2xx. `reply` when the answer carries an event (never for 202: design section 7). */
  | {
      readonly kind: 'accepted';
      readonly statusCode: number;
      readonly latencyMs: number;
      readonly reply?: CloudEvent;
      readonly replyHeaders?: PassHeaders;
    }
  /** An answer that refuses it. `retryAfter` is the header as it came. */
  | {
      readonly kind: 'refused';
      readonly statusCode: number;
      readonly latencyMs: number;
      readonly retryAfter?: string;
      /** First bytes of the answer, 1,024 at most. */
      readonly body: Uint8Array;
      /** Text of the reason when it is ours: e.g. a 2xx answer with a broken event counts as 502 (reference 3.3). */
      readonly note?: string;
      /** What the answer asks to be set on a dead letter: its headers `kne-<name>` (reference 11.3). */
      readonly extensions?: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'no-answer'; readonly why: NoAnswer; readonly error: string; readonly latencyMs: number }
  /** Cancelled by us at shutdown: not an attempt that counts. */
  | { readonly kind: 'cancelled' };

export interface Deliverer {
  /**
   * Whether an attempt at the target would go out now. If not, `waiter` gets its turn among all that wait, once, and need not use
   * it. An attempt that is made all the same waits for its turn. Absent: always.
   */
  hasRoom?(target: Target, waiter: Waiter | undefined): boolean;
  attempt(attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome>;
  /** Ends idle connections; attempts under way go on until their signal or their time ends them. */
  close(): Promise<void>;
}
