/**
 * A histogram of whole microseconds with fixed buckets: adding costs one increment, and the memory never grows.
 *
 * H1. Each power of two is cut into 32 buckets of equal width, so that a figure read out is at most 3.2 % too high and
 *     never too low. Below 64 µs each microsecond has a bucket of its own.
 */

const SUB_BUCKETS = 32;
const SUB_BITS = 5;
/** Values from 2^32 µs (71 minutes) on are counted in the last bucket. */
const VALUE_MAX = 2 ** 32 - 1;
const BUCKETS = bucketOf(VALUE_MAX) + 1;

export class Histogram {
  readonly #counts = new Uint32Array(BUCKETS);
  #count = 0;
  #max = 0;

  get count(): number {
    return this.#count;
  }

  /** The largest value, exactly. */
  get max(): number {
    return this.#max;
  }

  add(value: number): void {
    const whole = Math.min(Math.max(0, Math.round(value)), VALUE_MAX);
    const bucket = bucketOf(whole);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count++;
    if (whole > this.#max) this.#max = whole;
  }

  /** The value that the given part of all values (0 to 1) does not exceed; NaN where there are none. */
  quantile(part: number): number {
    if (this.#count === 0) return Number.NaN;
    const wanted = Math.max(1, Math.ceil(part * this.#count));
    let seen = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= wanted) return Math.min(lastOf(bucket), this.#max);
    }
    return this.#max;
  }
}

function bucketOf(value: number): number {
  if (value < 2 * SUB_BUCKETS) return value;
  const shift = 31 - Math.clz32(value) - SUB_BITS;
  return shift * SUB_BUCKETS + (value >>> shift);
}

/** The largest value that falls into a bucket. */
function lastOf(bucket: number): number {
  if (bucket < 2 * SUB_BUCKETS) return bucket;
  const shift = Math.floor(bucket / SUB_BUCKETS) - 1;
  return (bucket - shift * SUB_BUCKETS + 1) * 2 ** shift - 1;
}
