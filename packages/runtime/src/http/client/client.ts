/**
 * The HTTP client port on undici's `dispatch`: posts bytes, gives the answer. It never rejects and retries nothing a
 * caller could count (see `call.ts`). One structure holds all deadlines, one listener serves each signal.
 */
import type { Clock } from '../../ports/index.ts';
import { Call, type CallContext } from './call.ts';
import { Cancellation } from './cancellation.ts';
import { Deadlines } from './deadlines.ts';
import { type DestinationLimits, Destinations, destinationLimits, type Waiter } from './destinations.ts';
import type { FailureKind } from './failures.ts';

export interface HttpPost {
  readonly url: string;
  /** PEM certificates to trust beside the system's. */
  readonly caCerts?: string | undefined;
  /** Flat `[name, value, …]`, lower-case names. `host` and `content-length` are added. */
  readonly headers: string[];
  readonly body: Uint8Array;
  /** From now to the end of the answer, redirects and waiting for a connection included. */
  readonly timeoutMs: number;
}

/** What cut the body of an answer short. An answer of 2xx is given only whole, or as `too-large`. */
export type BodyCut = 'too-large' | 'timeout' | 'reset' | 'bad-answer';

export type HeaderFields = Readonly<Record<string, string | string[] | undefined>>;

export type HttpOutcome =
  | {
      readonly kind: 'answer';
      readonly statusCode: number;
      /** Lower-case names. */
      readonly headers: HeaderFields;
      /** What was kept of the body: all of a 2xx, the first `refusalBytes` of any other. Never shared memory. */
      readonly body: Uint8Array;
      readonly cut?: BodyCut;
      /** A redirect that was not followed, and why. */
      readonly redirect?: string;
    }
  | { readonly kind: 'failed'; readonly why: FailureKind; readonly error: string }
  | { readonly kind: 'cancelled' };

export interface HttpClientLimits extends DestinationLimits {
  /** Body of an answer: above it the connection is destroyed. Ten times what brokers commonly take as an event. */
  readonly answerBytes: number;
  /** Kept of the body of an answer that is not 2xx: what a dead letter carries of it. */
  readonly refusalBytes: number;
  /** Redirects followed for one call: what Go's client does. */
  readonly redirects: number;
}

export const httpClientLimits: HttpClientLimits = {
  ...destinationLimits,
  answerBytes: 10 * 1024 * 1024,
  refusalBytes: 1_024,
  redirects: 10,
};

export interface HttpClient {
  /** `done` is called once, perhaps before this returns, and must not throw. A promise would cost each event one more. */
  send(request: HttpPost, signal: AbortSignal, done: (outcome: HttpOutcome) => void): void;
  /**
   * Whether a call to the URL would go out now, for all that is known of its origin. If not, `waiter` gets its
   * turn among the calls that wait, once, and need not use it.
   */
  hasRoom(url: string, caCerts: string | undefined, waiter: Waiter | undefined): boolean;
  /** Origins with connections and timers that are set: for tests and for diagnosis. */
  stats(): { readonly origins: number; readonly timers: number };
  /** Takes no more calls; closes connections as they fall idle. Resolves when the last one is closed. */
  close(): Promise<void>;
}

export interface HttpClientOptions {
  readonly clock: Clock;
  readonly limits?: Partial<HttpClientLimits>;
}

export function createHttpClient({ clock, limits: given }: HttpClientOptions): HttpClient {
  const limits = { ...httpClientLimits, ...given };
  const cancellation = new Cancellation();
  const deadlines = new Deadlines(clock);
  const destinations = new Destinations(clock, limits);
  const context: CallContext = { clock, limits, deadlines, destinations };
  let closed = false;
  return {
    send(request, signal, done) {
      if (closed || signal.aborted) done({ kind: 'cancelled' });
      else new Call(context, request, cancellation.groupOf(signal), done).begin();
    },
    hasRoom: (url, caCerts, waiter) => destinations.hasRoom(url, caCerts, waiter),
    stats: () => ({ origins: destinations.openOrigins, timers: deadlines.timers }),
    close() {
      closed = true;
      return destinations.close();
    },
  };
}
