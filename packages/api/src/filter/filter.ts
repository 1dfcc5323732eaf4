/**
 * Filter specifications as objects hold them, and what a compiled filter offers.
 * Source: Subscriptions API (CloudEvents), reference `Trigger.spec.filter` and `Trigger.spec.filters`.
 */
import type { CloudEvent } from '../event/index.ts';

/** One entry of `spec.filters`: exactly one dialect. */
export type FilterSpec =
  | { readonly exact: { readonly [attribute: string]: string } }
  | { readonly prefix: { readonly [attribute: string]: string } }
  | { readonly suffix: { readonly [attribute: string]: string } }
  | { readonly all: readonly FilterSpec[] }
  | { readonly any: readonly FilterSpec[] }
  | { readonly not: FilterSpec }
  | { readonly cesql: string };

/** What a Trigger asks for: `filters` decides alone when it is there and not empty, else `attributes`, else all pass. */
export interface TriggerFilter {
  readonly filters?: readonly FilterSpec[];
  /** Legacy `filter.attributes`: ANDed; the value `""` means present and not empty. */
  readonly attributes?: { readonly [attribute: string]: string };
}

/** Why a filter said what it said: the tree of the filter with a result at each clause. */
export interface FilterTrace {
  /** `exact`, `prefix`, `suffix`, `all`, `any`, `not`, `cesql`, `attributes` or `none` (nothing is set: all pass). */
  readonly dialect: string;
  readonly result: boolean;
  /** For a clause on one attribute: its name, what was wanted and what the event has (absent: it has none). */
  readonly attribute?: string;
  readonly wanted?: string;
  readonly got?: string;
  /** For cesql: the expression; for an evaluation error, its text. */
  readonly expression?: string;
  readonly error?: string;
  /** A near miss in words: other case, attribute absent, surrounding white space. */
  readonly hint?: string;
  readonly children: readonly FilterTrace[];
}

/** A filter compiled once per revision: pure, without background work. */
export interface CompiledFilter {
  matches(event: CloudEvent): boolean;
  /** The same answer with its reason. Slower: for people, not for the hot path. */
  explain(event: CloudEvent): FilterTrace;
}
