/**
 * The registry behind the metrics port: plain numbers that the hot path adds to.
 *
 * M1. An instrument's name has one description, unit, kind and set of boundaries; asking with others is a bug.
 * M2. The same name and labels give the same instrument.
 * M3. Recording allocates nothing.
 *
 * It knows no exporter: `exposition.ts` turns what is here into OpenTelemetry metric data when somebody scrapes.
 */
import type { Counter, Histogram, Labels, MetricOptions, Metrics } from '../ports/index.ts';

export interface CounterSeries {
  readonly kind: 'counter';
  readonly labels: Labels;
  value: number;
}

export interface GaugeSeries {
  readonly kind: 'gauge';
  readonly labels: Labels;
  readonly read: () => number;
}

export interface HistogramSeries {
  readonly kind: 'histogram';
  readonly labels: Labels;
  /** One more than there are boundaries: the last one is for what lies above all of them. */
  readonly counts: number[];
  sum: number;
  count: number;
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

  families(): IterableIterator<Family> {
    return this.#families.values();
  }

  counter(name: string, options: MetricOptions, labels: Labels = {}): Counter {
    const family = this.#family(name, 'counter', options, []);
    const series = seriesOf(
      family,
      labels,
      (): CounterSeries => ({ kind: 'counter', labels, value: 0 }),
    ) as CounterSeries;
    return {
      add(count) {
        series.value += count;
      },
    };
  }

  histogram(
    name: string,
    options: MetricOptions & { readonly boundaries: readonly number[] },
    labels: Labels = {},
  ): Histogram {
    const family = this.#family(name, 'histogram', options, options.boundaries);
    const make = (): HistogramSeries => ({
      kind: 'histogram',
      labels,
      counts: new Array<number>(options.boundaries.length + 1).fill(0),
      sum: 0,
      count: 0,
    });
    const series = seriesOf(family, labels, make) as HistogramSeries;
    const { boundaries } = family;
    return {
      record(value) {
        let bucket = 0;
        while (bucket < boundaries.length && value > (boundaries[bucket] as number)) bucket++;
        series.counts[bucket] = (series.counts[bucket] as number) + 1;
        series.sum += value;
        series.count++;
      },
    };
  }

  gauge(name: string, options: MetricOptions, labels: Labels, read: () => number): () => void {
    const family = this.#family(name, 'gauge', options, []);
    const key = keyOf(labels);
    const series: GaugeSeries = { kind: 'gauge', labels, read };
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

  #family(name: string, kind: Series['kind'], options: MetricOptions, boundaries: readonly number[]): Family {
    const unit = options.unit ?? '';
    const known = this.#families.get(name);
    if (!known) {
      const family = {
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

function seriesOf(family: Family, labels: Labels, make: () => Series): Series {
  const key = keyOf(labels);
  const known = family.series.get(key);
  if (known) return known;
  const made = make();
  family.series.set(key, made);
  return made;
}

function keyOf(labels: Labels): string {
  return Object.keys(labels)
    .sort()
    .map((name) => `${name}\u0000${labels[name]}`)
    .join('\u0001');
}
