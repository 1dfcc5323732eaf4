/** What a worker counts, kept until the main thread asks: /metrics has the sum of all threads. */
import type { Counter, Labels, MetricOptions, Metrics } from '@millrace/runtime';
import type { Counted } from './messages.ts';

class Count implements Counter {
  readonly name: string;
  readonly options: MetricOptions;
  readonly labels: Labels;
  count = 0;

  constructor(name: string, options: MetricOptions, labels: Labels) {
    this.name = name;
    this.options = options;
    this.labels = labels;
  }

  add(count: number): void {
    this.count += count;
  }
}

export class Counts implements Pick<Metrics, 'counter' | 'forget'> {
  readonly #counts = new Map<string, Count>();

  counter(name: string, options: MetricOptions, labels: Labels = {}): Counter {
    const key = JSON.stringify([name, ...Object.entries(labels).sort()]);
    const known = this.#counts.get(key);
    if (known !== undefined) return known;
    const made = new Count(name, options, labels);
    this.#counts.set(key, made);
    return made;
  }

  forget(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const [key, one] of this.#counts) {
      if (wanted.every(([name, value]) => one.labels[name] === value)) this.#counts.delete(key);
    }
  }

  /** What was counted since the last call. */
  take(): readonly Counted[] {
    const taken: Counted[] = [];
    for (const one of this.#counts.values()) {
      if (one.count === 0) continue;
      const { name, options, labels, count } = one;
      taken.push({ name, options, labels, count });
      one.count = 0;
    }
    return taken;
  }
}
