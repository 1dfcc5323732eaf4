/**
 * What every source is, whatever its kind: started from a route, changed or stopped without loss, and looked at.
 *
 * Each folder of a source has the same files and functions: `event.ts` with `toEvent` (pure: what it emits) and `source.ts`
 * with `start` (how it is driven). Time and randomness come only through the ports.
 */
import type { SourceRoute } from '@millrace/api';
import type { Clock, Logger, Metrics, Random } from '@millrace/runtime';
import type { Emitter } from './emit/index.ts';

/** All of the world that a source may touch. */
export interface SourcePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly emitter: Emitter;
}

/** What a source shows of itself: for status, for `get` and for tests. Times are milliseconds since the epoch. */
export interface SourceView {
  readonly kind: SourceRoute['kind'];
  readonly namespace: string;
  readonly name: string;
  /** `failed`: it cannot work as it is configured; `reason` says what was expected. */
  readonly state: 'running' | 'failed' | 'stopped';
  readonly reason?: string;
  /** Events that the sink took. */
  readonly sent: number;
  /** Events that no sink took: after all retries, because of a full queue or because there is no sink. */
  readonly unsent: number;
  /** Events that are on their way. */
  readonly pending: number;
  /** Why the last event that was not sent was not. */
  readonly lastError?: string;
  /** Sources with a schedule: when the next event is due. */
  readonly nextAtMs?: number;
  /** Sources that receive: the path on the data port. */
  readonly path?: string;
}

/** A source at work. */
export interface RunningSource<Route extends SourceRoute = SourceRoute> {
  /** Goes on with a new route of the same object. What is under way is finished as it began. */
  update?(route: Route): void;
  /** Begins nothing new; resolves when every event under way was sent or given up (the emitter bounds how long). */
  stop(): Promise<void>;
  view(): SourceView;
}
