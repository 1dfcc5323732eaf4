/**
 * Metrics as a port. An instrument is bound to its labels once, when a route is made, so that the hot path only
 * adds to a number; the exporter reads the numbers when somebody scrapes.
 */
export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(count: number): void;
}

export interface Histogram {
  record(value: number): void;
}

export interface MetricOptions {
  readonly description: string;
  /** UCUM unit, e.g. `s`, `By`, `{event}`. */
  readonly unit?: string;
}

/** What a histogram has recorded. */
export interface Recorded {
  /** By bucket: one more than there are boundaries, the last one for what lies above all; undefined before the first value. */
  readonly counts: readonly number[] | undefined;
  readonly sum: number;
  readonly count: number;
}

/** One series, as it is at the moment; a histogram that is undefined has no value yet, and is exported with zeros. */
export type Observation<T> = readonly [labels: Labels, value: T];

export interface Metrics {
  /** A counter for one set of labels; asking again gives the same one. It is exported from 0 on. */
  counter(name: string, options: MetricOptions, labels?: Labels): Counter;
  histogram(
    name: string,
    options: MetricOptions & { readonly boundaries: readonly number[] },
    labels?: Labels,
  ): Histogram;
  /**
   * Series whose numbers somebody keeps himself: they are asked for when somebody scrapes, and cost nothing before. For
   * what there are ten thousand of.
   */
  observe(
    name: string,
    kind: 'counter' | 'gauge',
    options: MetricOptions,
    read: () => Iterable<Observation<number>>,
  ): void;
  observeHistograms(
    name: string,
    options: MetricOptions & { readonly boundaries: readonly number[] },
    read: () => Iterable<Observation<Recorded | undefined>>,
  ): void;
  /** Forgets every series that has all of these labels: for objects that were deleted. */
  forget(labels: Labels): void;
}

const nothing = { add() {}, record() {} };

/** Counts nothing. */
export const noMetrics: Metrics = {
  counter: () => nothing,
  histogram: () => nothing,
  observe() {},
  observeHistograms() {},
  forget() {},
};
