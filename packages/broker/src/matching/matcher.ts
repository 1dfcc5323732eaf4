/** What goes into a trigger index and what it offers beyond the engine's `Matcher` port. */
import type { CloudEvent, TriggerFilter } from '@millrace/api';
import type { Matcher } from '@millrace/channel';

/** A filter, and what `match` gives for events that pass it. */
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
