import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeliveryRecord } from '../../src/demonstration/collect.ts';
import { type Comparison, compare } from '../../src/demonstration/compare.ts';
import { expectedOf } from '../../src/demonstration/expected.ts';
import { problemsOf, summaryLine } from '../../src/demonstration/summary.ts';
import { collected, faultless, payloads, runId } from './support.ts';

const held = (records: readonly DeliveryRecord[]): Comparison => compare(expectedOf(payloads), collected(records));
const ofTrigger = (comparison: Comparison, trigger: string) =>
  comparison.triggers.find((each) => each.trigger === trigger);
const id = (number: number) => `${runId}-000${number}`;
const taken = (trigger: string, of: string): DeliveryRecord => ({
  subscriber: 's',
  trigger,
  id: of,
  type: 't',
  outcome: 'taken',
});

describe('a run without fault', () => {
  it('has nothing lost, nothing unexpected, and the sums of its rules', () => {
    const comparison = held(faultless());
    expect(problemsOf(comparison)).toEqual([]);
    expect(comparison).toMatchObject({
      delivered: 15,
      retried: 6,
      deadLettered: 1,
      lost: 0,
      unexpected: 0,
      retriesAgree: true,
    });
    expect(summaryLine(8, comparison)).toBe(
      'demonstration: 8 events accepted, 15 delivered, 6 retried, 1 dead-lettered, 0 lost, 0 unexpected',
    );
  });

  it('is the same in whatever order records come', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(faultless(), { minLength: faultless().length }), (records) => {
        expect(held(records)).toEqual(held(faultless()));
      }),
      { seed: 66, numRuns: 30 },
    );
  });
});

describe('each fault is found', () => {
  it('any one end that is missing is a lost event', () => {
    const all = faultless();
    const ends = all.filter(
      ({ outcome, trigger }) => outcome === 'taken' && !['heartbeats', 'reports'].includes(trigger),
    );
    expect(ends).toHaveLength(16);
    for (const gone of ends) {
      const comparison = held(all.filter((record) => record !== gone));
      expect(comparison.lost, JSON.stringify(gone)).toBe(1);
      expect(ofTrigger(comparison, gone.trigger)?.lost).toEqual([gone.id]);
    }
  });

  it('any one end that came twice is a duplicate, and counts as unexpected', () => {
    const all = faultless();
    for (const twice of all.filter(({ outcome, id: each }) => outcome === 'taken' && each.startsWith(runId))) {
      const comparison = held([...all, twice]);
      expect(comparison).toMatchObject({ lost: 0, unexpected: 1 });
      expect(ofTrigger(comparison, twice.trigger)?.duplicates).toEqual([twice.id]);
    }
  });

  it('an event at a trigger that does not want it is unexpected', () => {
    const comparison = held([...faultless(), taken('comments', id(1))]);
    expect(comparison).toMatchObject({ lost: 0, unexpected: 1 });
    expect(problemsOf(comparison)).toEqual([`trigger comments: 1 unexpected (1 expected): ${id(1)}`]);
  });

  it('so is one that the subscriber was only tried with', () => {
    const comparison = held([...faultless(), { ...taken('comments', id(1)), outcome: 'failed' }]);
    expect(comparison).toMatchObject({ lost: 0, unexpected: 1 });
  });

  it('so is one at a trigger nobody knows, or an answer nobody expects', () => {
    expect(held([...faultless(), taken('nobody', id(1))])).toMatchObject({ lost: 0, unexpected: 1 });
    expect(held([...faultless(), taken('triage', `${id(2)}-triage`)])).toMatchObject({ lost: 0, unexpected: 1 });
  });

  it('an event dead-lettered instead of delivered is lost there and unexpected here', () => {
    const records = faultless().map((record) =>
      record.trigger === 'comments' ? { ...record, subscriber: 'dead-letters' } : record,
    );
    expect(held(records)).toMatchObject({ lost: 1, unexpected: 1 });
  });

  it('an event delivered instead of dead-lettered likewise', () => {
    const records = faultless().filter(({ subscriber }) => subscriber !== 'dead-letters');
    expect(held([...records, taken('deletions', id(2))])).toMatchObject({ lost: 1, unexpected: 1 });
  });

  it('a retry too few or too many', () => {
    const all = faultless();
    const failure = all.find(({ trigger, outcome }) => trigger === 'checks' && outcome === 'failed') as DeliveryRecord;
    const fewer = held(all.filter((_, index) => index !== all.indexOf(failure)));
    expect(fewer).toMatchObject({ lost: 0, unexpected: 0, retriesAgree: false });
    expect(problemsOf(fewer)).toEqual(['trigger checks: 1 retries, expected 2']);
    expect(held([...all, failure]).retriesAgree).toBe(false);
  });
});

describe('what is not of this run', () => {
  it('is counted apart: events of the clock, and those an earlier run left behind', () => {
    const earlier = taken('everything', 'run-0-0001');
    const { clock, earlier: count, byTrigger } = collected([...faultless(), earlier, taken('heartbeats', 'uuid-2')]);
    expect(Object.fromEntries(clock)).toEqual({ heartbeats: 2, reports: 1 });
    expect(count).toBe(1);
    expect(byTrigger.get('everything')?.size).toBe(8);
    expect(held([...faultless(), earlier])).toEqual(held(faultless()));
  });

  it('a run whose id begins with ours is another run', () => {
    expect(collected([taken('everything', 'run-10-0001')])).toMatchObject({ earlier: 1 });
  });
});

it('many problems are named by a few ids and a number', () => {
  const lines = problemsOf(held([]));
  expect(lines[0]).toBe(`trigger everything: 8 lost (8 expected): ${id(1)}, ${id(2)}, ${id(3)} and 5 more`);
});
