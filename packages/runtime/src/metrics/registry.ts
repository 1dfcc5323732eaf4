/**
 * The registry behind the metrics port: plain numbers that the hot path adds to.
 *
 * M1. An instrument's name has one description, unit, kind and set of boundaries; asking with others is a bug.
 * M2. The same name and labels give the same instrument.
 * M3. Recording allocates nothing, but for the first value of a histogram.
 * M4. A series is one object that is its own instrument, and sets of labels asked for in a row share one key: ten thousand
 *     triggers have nine series each.
 *
 * It knows no exporter: `exposition.ts` turns what is here into OpenTelemetry metric data when somebody scrapes.
 */
import type { Counter, Histogram, Labels, MetricOptions, Metrics } from '../ports/index.ts';

export class CounterSeries implements Counter {
  readonly kind = 'counter';
  readonly labels: Labels;
  value = 0;

  constructor(labels: Labels) {
    this.labels = labels;
  }

  add(count: number): void {
    this.value += count;
  }
}

export class GaugeSeries {
  readonly kind = 'gauge';
  readonly labels: Labels;
  readonly read: () => number;

  constructor(labels: Labels, read: () => number) {
    this.labels = labels;
    this.read = read;
  }
}

export class HistogramSeries implements Histogram {
  readonly kind = 'histogram';
  readonly labels: Labels;
  /** One more than there are boundaries, the last one for what lies above all of them; undefined before the first value. */
  counts: number[] | undefined;
  sum = 0;
  count = 0;
  readonly #boundaries: readonly number[];

  constructor(labels: Labels, boundaries: readonly number[]) {
    this.labels = labels;
    this.#boundaries = boundaries;
  }

  record(value: number): void {
    const boundaries = this.#boundaries;
    this.counts ??= new Array<number>(boundaries.length + 1).fill(0);
    let bucket = 0;
    while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket++;
    this.counts[bucket] = (this.counts[bucket] as number) + 1;
    this.sum += value;
    this.count++;
  }
}

export type Series = CounterSeries | GaugeSeries | HistogramSeries;

export interface Family {
  readonly name: string;
  readonly kind: Series['kind'];
  readonly description: string;
  readonly unit: string;
  readonly boundaries: readonly number[];
  /** By the text of its labels. */
  readonly series: Map<string, Series>;
}

export class MetricsRegistry implements Metrics {
  readonly #families = new Map<string, Family>();
  /** The labels asked for last, and their key (M4). */
  #lastLabels: Labels | undefined;
  #lastKey = '';

  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  counter(name: string, options: MetricOptions, labels: Labels = {}): Counter {
    const { series } = this.#family(name, 'counter', options, []);
    const key = this.#keyOf(labels);
    const known = series.get(key) as CounterSeries | undefined;
    if (known) return known;
    const made = new CounterSeries(labels);
    series.set(key, made);
    return made;
  }

  histogram(
    name: string,
    options: MetricOptions & { readonly boundaries: readonly number[] },
    labels: Labels = {},
  ): Histogram {
    const { series, boundaries } = this.#family(name, 'histogram', options, options.boundaries);
    const key = this.#keyOf(labels);
    const known = series.get(key) as HistogramSeries | undefined;
    if (known) return known;
    const made = new HistogramSeries(labels, boundaries);
    series.set(key, made);
    return made;
  }

  gauge(name: string, options: MetricOptions, labels: Labels, read: () => number): () => void {
    const family = this.#family(name, 'gauge', options, []);
    const key = this.#keyOf(labels);
    const series = new GaugeSeries(labels, read);
    family.series.set(key, series);
    return () => {
      if (family.series.get(key) === series) family.series.delete(key);
    };
  }

  forget(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const family of this.#families.values()) {
      for (const [key, series] of family.series) {
        if (wanted.every(([name, value]) => series.labels[name] === value)) family.series.delete(key);
      }
    }
  }

  forgetExactly(labels: Labels): void {
    const key = this.#keyOf(labels);
    for (const { series } of this.#families.values()) series.delete(key);
  }

  #keyOf(labels: Labels): string {
    if (labels !== this.#lastLabels) {
      this.#lastLabels = labels;
      this.#lastKey = keyOf(labels);
    }
    return this.#lastKey;
  }

  #family(name: string, kind: Series['kind'], options: MetricOptions, boundaries: readonly number[]): Family {
    const unit = options.unit ?? '';
    const known = this.#families.get(name);
    if (!known) {
      const family: Family = {
        name,
        kind,
        description: options.description,
        unit,
        boundaries,
        series: new Map<string, Series>(),
      };
      this.#families.set(name, family);
      return family;
    }
    // M1
    const same = known.kind === kind && known.unit === unit && known.description === options.description;
    if (!same || known.boundaries.join() !== boundaries.join()) {
      throw new Error(`metric ${name} is already there as another instrument`);
    }
    return known;
  }
}

function keyOf(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}\u0000${labels[name]}`)
    .join('\u0001');
}
