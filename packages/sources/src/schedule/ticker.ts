/**
 * Drives a schedule on the clock port.
 *
 * T1. Every time that is due is told once, in order, never before it is due.
 * T2. When the process could not run (a laptop that slept), what fell due less than `catchUpMs` ago is caught up; when all of
 *     it is older, only the newest time is told. What was passed over is logged: an hour asleep is not 3,600 ticks.
 * T3. `stop` tells what is due at that moment, and after it nothing is told any more.
 */
import type { Clock, Logger, Timer } from '@millrace/runtime';
import type { Schedule } from './schedule.ts';

/** How old a time may be to be told late. */
const catchUpMs = 60_000;

/**
 * The longest single wait. Timers run on a clock that may stand still while the machine sleeps and that nobody sets; the
 * schedule runs on the clock on the wall. So the wall is looked at once a minute.
 */
const waitMsMax = 60_000;

export interface TickerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly schedule: Schedule;
  /** Told the time that was due, milliseconds since the epoch. */
  readonly onTick: (dueMs: number) => void;
}

export class Ticker {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #onTick: (dueMs: number) => void;
  readonly #schedule: Schedule;
  #nextMs: number | undefined;
  #timer: Timer | undefined;

  constructor({ clock, logger, schedule, onTick }: TickerOptions) {
    this.#clock = clock;
    this.#logger = logger;
    this.#schedule = schedule;
    this.#onTick = onTick;
    this.#nextMs = schedule.next(clock.now());
    this.#arm();
  }

  /** When the next tick is due; undefined when there is none. */
  get nextAtMs(): number | undefined {
    return this.#nextMs;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#tellDue();
    this.#nextMs = undefined; // T3
  }

  #arm(): void {
    if (this.#nextMs === undefined) return;
    const waitMs = Math.min(Math.max(0, this.#nextMs - this.#clock.now()), waitMsMax);
    this.#timer = this.#clock.setTimer(waitMs, () => {
      this.#tellDue();
      this.#arm();
    });
  }

  #tellDue(): void {
    const nowMs = this.#clock.now();
    this.#passOver(nowMs);
    while (this.#nextMs !== undefined && this.#nextMs <= nowMs) {
      const dueMs = this.#nextMs;
      this.#nextMs = this.#schedule.next(dueMs); // T1
      this.#onTick(dueMs);
    }
  }

  /** T2: moves on when the first time that is due is too old to be caught up. */
  #passOver(nowMs: number): void {
    const sinceMs = nowMs - catchUpMs;
    const firstMs = this.#nextMs;
    if (firstMs === undefined || firstMs > sinceMs) return;
    const newestMs = this.#schedule.previous(nowMs + 1) ?? firstMs;
    this.#nextMs = newestMs > sinceMs ? (this.#schedule.next(sinceMs) ?? newestMs) : newestMs;
    if (this.#nextMs === firstMs) return;
    this.#logger.warn('schedule passed over times while the process could not run', {
      from: new Date(firstMs).toISOString(),
      until: new Date(this.#nextMs).toISOString(),
    });
  }
}
