/**
 * The rate limit of a trigger: a token bucket over monotonic time.
 *
 * R1. In any span of t seconds at most `rate·t + burst` deliveries begin, where burst is a fiftieth of a second's worth,
 *     at least 1. It makes up for timers that fire late; a larger one would let a resumed trigger flood its subscriber.
 */
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
