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

export interface Metrics {
  /** A counter for one set of labels; asking again gives the same one. It is exported from 0 on. */
  counter(name: string, options: MetricOptions, labels?: Labels): Counter;
  histogram(
    name: string,
    options: MetricOptions & { readonly boundaries: readonly number[] },
    labels?: Labels,
  ): Histogram;
  /** A gauge that is read when somebody scrapes. Returns what takes it away again. */
  gauge(name: string, options: MetricOptions, labels: Labels, read: () => number): () => void;
  /** Forgets every series that has all of these labels: for objects that were deleted. */
  forget(labels: Labels): void;
  /** Forgets the series of these labels, and none that has further ones: cheap however many series there are. */
  forgetExactly(labels: Labels): void;
}

const nothing = { add() {}, record() {} };

/** Counts nothing. */
export const noMetrics: Metrics = {
  counter: () => nothing,
  histogram: () => nothing,
  gauge: () => () => {},
  forget() {},
  forgetExactly() {},
};
