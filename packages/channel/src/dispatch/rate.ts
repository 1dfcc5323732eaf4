/**
 * The rate limit of a trigger: a token bucket over monotonic time.
 *
 * R1. In any span of t seconds at most `rate·t + burst` deliveries begin, where burst is a fiftieth of a second's worth,
 *     at least 1. It makes up for timers that fire late; a larger one would let a resumed trigger flood its subscriber.
 */
import { Alarm, type TimerHeap } from './timer-heap.ts';

const BURST_SECONDS = 0.02;

export class RateLimit {
  readonly perSecond: number;
  readonly burst: number;
  #tokens: number;
  #atMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond;
    this.burst = Math.max(1, Math.floor(perSecond * BURST_SECONDS));
    this.#tokens = this.burst;
    this.#atMs = nowMs;
  }

  /** Takes one token and gives 0, or takes none and gives the milliseconds until there is one. */
  take(nowMs: number): number {
    this.#tokens = Math.min(this.burst, this.#tokens + ((nowMs - this.#atMs) / 1_000) * this.perSecond);
    this.#atMs = nowMs;
    // What rounding leaves short of a whole token must not cost a further wait.
    if (this.#tokens > 1 - 1e-9) {
      this.#tokens = Math.max(0, this.#tokens - 1);
      return 0;
    }
    return ((1 - this.#tokens) / this.perSecond) * 1_000;
  }
}

/** The rate limit of a subscription with the alarm that tells it when the next token is there. */
export class Pace {
  readonly #limit: RateLimit;
  readonly #timers: TimerHeap;
  readonly #alarm: Alarm;

  constructor(perSecond: number, timers: TimerHeap, onToken: () => void) {
    this.#limit = new RateLimit(perSecond, timers.nowMs());
    this.#timers = timers;
    this.#alarm = new Alarm(onToken);
  }

  /** The alarm is set: until then there is no token. */
  get waits(): boolean {
    return this.#alarm.heapIndex >= 0;
  }

  /** Takes a token. False: there is none, and the alarm is set. */
  take(): boolean {
    const waitMs = this.#limit.take(this.#timers.nowMs());
    if (waitMs > 0) this.#timers.set(this.#alarm, waitMs);
    return waitMs === 0;
  }

  end(): void {
    this.#timers.cancel(this.#alarm);
  }
}
