/**
 * The registry behind the metrics port: plain numbers that the hot path adds to.
 *
 * M1. An instrument's name has one description, unit, kind and set of boundaries; asking with others is a bug.
 * M2. The same name and labels give the same instrument.
 * M3. Recording allocates nothing, but for the first value of a histogram.
 * M4. A series is one object that is its own instrument. Where there are ten thousand of each, there is none: they are
 *     observed when somebody scrapes.
 *
 * It knows no exporter: `exposition.ts` turns what is here into OpenTelemetry metric data when somebody scrapes.
 */
import type { Counter, Histogram, Labels, MetricOptions, Metrics, Observation, Recorded } from '../ports/index.ts';
import { Distribution } from './distribution.ts';

class CounterSeries implements Counter {
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

class HistogramSeries extends Distribution {
  readonly kind = 'histogram';
  readonly labels: Labels;

  constructor(labels: Labels, boundaries: readonly number[]) {
    super(boundaries);
    this.labels = labels;
  }
}

type Series = CounterSeries | HistogramSeries;

export interface Family {
  readonly name: string;
  readonly kind: Series['kind'] | 'gauge';
  readonly description: string;
  readonly unit: string;
  readonly boundaries: readonly number[];
  /** By the text of its labels. */
  readonly series: Map<string, Series>;
  /** What gives further series when somebody scrapes (M4); values are as the kind has them. */
  readonly observed: (() => Iterable<Observation<number | Recorded | undefined>>)[];
}

export class MetricsRegistry implements Metrics {
  readonly #families = new Map<string, Family>();

  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  counter(name: string, options: MetricOptions, labels: Labels = {}): Counter {
    const { series } = this.#family(name, 'counter', options, []);
    const key = keyOf(labels);
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
    const key = keyOf(labels);
    const known = series.get(key) as HistogramSeries | undefined;
    if (known) return known;
    const made = new HistogramSeries(labels, boundaries);
    series.set(key, made);
    return made;
  }

  observe(
    name: string,
    kind: 'counter' | 'gauge',
    options: MetricOptions,
    read: () => Iterable<Observation<number>>,
  ): void {
    this.#family(name, kind, options, []).observed.push(read);
  }

  observeHistograms(
    name: string,
    options: MetricOptions & { readonly boundaries: readonly number[] },
    read: () => Iterable<Observation<Recorded | undefined>>,
  ): void {
    this.#family(name, 'histogram', options, options.boundaries).observed.push(read);
  }

  forget(labels: Labels): void {
    const wanted = Object.entries(labels);
    for (const family of this.#families.values()) {
      for (const [key, series] of family.series) {
        if (wanted.every(([name, value]) => series.labels[name] === value)) family.series.delete(key);
      }
    }
  }

  #family(name: string, kind: Family['kind'], options: MetricOptions, boundaries: readonly number[]): Family {
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
        observed: [],
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
