/** What was recorded, in buckets: a histogram without name and labels. Recording allocates with the first value only. */
import type { Histogram, Recorded } from '../ports/index.ts';

export class Distribution implements Histogram, Recorded {
  readonly boundaries: readonly number[];
  counts: number[] | undefined;
  sum = 0;
  count = 0;

  constructor(boundaries: readonly number[]) {
    this.boundaries = boundaries;
  }

  record(value: number): void {
    const { boundaries } = this;
    this.counts ??= new Array<number>(boundaries.length + 1).fill(0);
    let bucket = 0;
    while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
    this.count++;
  }
}
