/**
 * What the server tells a live view: one JSON object a line. The same items feed `millrace dev` and `millrace tail`.
 */

/** An event was taken into the log of a broker or channel and matched. */
export interface TakenItem {
  readonly kind: 'event';
  /** A broker as `namespace/name`, a channel as `channel/namespace/name`. */
  readonly broker: string;
  readonly partition: number;
  readonly offset: number;
  readonly time: string;
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly subject?: string;
  readonly dataBytes: number;
  readonly matched: readonly string[];
  /** Triggers that did not want it, with the clause that said so. Left out at high rates. */
  readonly notMatched?: readonly { readonly trigger: string; readonly reason: string }[];
}

interface OfDelivery {
  readonly broker: string;
  readonly partition: number;
  readonly offset: number;
  readonly type: string;
  readonly trigger: string;
}

export interface FailedAttemptItem extends OfDelivery {
  readonly kind: 'attempt-failed';
  readonly attempt: number;
  readonly attemptsMax: number;
  readonly error: string;
  readonly retryInMs?: number;
}

export interface SettledItem extends OfDelivery {
  readonly kind: 'settled';
  readonly outcome: 'delivered' | 'dead-lettered';
  readonly attempts: number;
  readonly latencyMs?: number;
  readonly replied?: boolean;
  readonly to?: 'sink' | 'store';
  readonly error?: string;
}

/** The stream was faster than its reader: that many items were left out. */
interface SkippedItem {
  readonly kind: 'skipped';
  readonly items: number;
}

export type LiveItem = TakenItem | FailedAttemptItem | SettledItem | SkippedItem;
