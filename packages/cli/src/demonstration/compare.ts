/**
 * Holds what came out against what must come out, event by event.
 *
 * X1. An event is lost when its trigger's end did not take it: the subscriber, or the dead letter sink where that must be.
 * X2. It is unexpected when it came anywhere its trigger's filter or end does not lead to, or once too often. (Without a
 *     crash nothing is delivered twice; a demonstration has none.)
 */
import type { Collected, Seen } from './collect.ts';
import type { Expectation } from './expected.ts';

export interface TriggerComparison {
  readonly trigger: string;
  readonly expected: number;
  /** Events that the subscriber took. */
  readonly delivered: number;
  /** Attempts after the first one. */
  readonly retried: number;
  readonly retriesExpected: number;
  /** Events that the dead letter sink took. */
  readonly deadLettered: number;
  /** Ids, each list in the order of the ids. */
  readonly lost: readonly string[];
  readonly unexpected: readonly string[];
  readonly duplicates: readonly string[];
}

export interface Comparison {
  readonly triggers: readonly TriggerComparison[];
  readonly delivered: number;
  readonly retried: number;
  readonly deadLettered: number;
  readonly lost: number;
  /** Unexpected events and duplicates together. */
  readonly unexpected: number;
  /** Whether retries are as many as the subscribers' failures ask for, at every trigger. */
  readonly retriesAgree: boolean;
}

const none: ReadonlyMap<string, Seen> = new Map();

export function compare(expectations: readonly Expectation[], collected: Collected): Comparison {
  const known = new Set(expectations.map(({ trigger }) => trigger));
  const strangers = [...collected.byTrigger.keys()].filter((trigger) => !known.has(trigger));
  const triggers = [
    ...expectations,
    ...strangers.map((trigger): Expectation => ({ trigger, ids: new Set(), retried: 0, end: 'delivered' })),
  ].map((expectation) => compareTrigger(expectation, collected.byTrigger.get(expectation.trigger) ?? none));
  const sum = (read: (each: TriggerComparison) => number) => triggers.reduce((total, each) => total + read(each), 0);
  return {
    triggers,
    delivered: sum(({ delivered }) => delivered),
    retried: sum(({ retried }) => retried),
    deadLettered: sum(({ deadLettered }) => deadLettered),
    lost: sum(({ lost }) => lost.length),
    unexpected: sum(({ unexpected, duplicates }) => unexpected.length + duplicates.length),
    retriesAgree: triggers.every(({ retried, retriesExpected }) => retried === retriesExpected),
  };
}

function compareTrigger(expectation: Expectation, seen: ReadonlyMap<string, Seen>): TriggerComparison {
  const { trigger, ids, end } = expectation;
  const toSink = end === 'dead-lettered';
  const all = [...seen];
  const having = (test: (each: Seen) => boolean) => all.filter(([, each]) => test(each)).map(([id]) => id);
  const right = (each: Seen | undefined) => (toSink ? each?.deadLettered : each?.taken) ?? 0;
  const wrong = (each: Seen) => (toSink ? each.taken : each.deadLettered);
  return {
    trigger,
    expected: ids.size,
    delivered: having(({ taken }) => taken > 0).length,
    deadLettered: having(({ deadLettered }) => deadLettered > 0).length,
    retried: all.reduce((total, [, { taken, failed }]) => total + Math.max(0, taken + failed - 1), 0),
    retriesExpected: expectation.retried,
    lost: [...ids].filter((id) => right(seen.get(id)) === 0), // X1
    unexpected: all
      .filter(([id, each]) => !ids.has(id) || wrong(each) > 0)
      .map(([id]) => id)
      .sort(), // X2
    duplicates: all
      .filter(([id, each]) => ids.has(id) && right(each) > 1)
      .map(([id]) => id)
      .sort(),
  };
}
