/** Latencies of deliveries per trigger, for the demonstration's table: exact quantiles over a bounded number of samples. */

/** Samples kept per trigger; further ones are not taken. A demonstration has hundreds. */
const samplesMax = 10_000;

export class Latencies {
  readonly #samples = new Map<string, number[]>();

  record(trigger: string, latencyMs: number): void {
    const samples = this.#samples.get(trigger) ?? [];
    this.#samples.set(trigger, samples);
    if (samples.length < samplesMax) samples.push(latencyMs);
  }

  /** The smallest sample that at least the share `q` of all samples does not exceed; undefined when there is none. */
  quantile(trigger: string, q: number): number | undefined {
    const samples = [...(this.#samples.get(trigger) ?? [])].sort((a, b) => a - b);
    return samples[Math.max(0, Math.ceil(samples.length * q) - 1)];
  }
}
