/** What the engine asks of whoever decides which triggers want an event. */
import type { CloudEvent, TriggerFilter } from '@millrace/api';

export interface Matcher<T> {
  /** The values whose filters the event passes, in the order they were given. The list is shared: do not change it. */
  match(event: CloudEvent): readonly T[];
}

export interface TriggerIndexEntry<T> {
  readonly filter: TriggerFilter;
  readonly value: T;
}

/** An entry whose filter cannot be compiled: it never matches. */
export interface InvalidFilter<T> {
  readonly value: T;
  readonly path: string;
  readonly message: string;
}

export interface TriggerIndex<T> extends Matcher<T> {
  readonly invalid: readonly InvalidFilter<T>[];
  /** How many filters `match` evaluates for this event: what its cost grows with. For benchmarks and metrics. */
  evaluations(event: CloudEvent): number;
}
