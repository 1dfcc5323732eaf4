/** The promise of the trigger index: it gives what evaluating every filter one by one gives, in entry order. */
import { compileFilter } from '@millrace/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filterRequirement } from '../../src/matching/filter-requirement.ts';
import type { Requirement } from '../../src/matching/requirement.ts';
import { buildTriggerIndex, type RequirementOf } from '../../src/matching/trigger-index.ts';
import { clauseFilter, event, triggerFilter } from './arbitraries.ts';

const SEED = 20_260_301;
const SETS = 10_000;
const CROWDED_SETS = 2_000;

const tally = { sets: 0, filters: 0, invalid: 0, matches: 0, evaluations: 0, judged: 0 };

function indexEqualsOneByOne(requirementOf: RequirementOf, filter = triggerFilter, most = 8) {
  const filters = fc.array(filter, { minLength: 1, maxLength: most, size: 'max' });
  const events = fc.array(event, { minLength: 3, maxLength: 3 });
  return fc.property(filters, events, (filterSet, eventSet) => {
    const entries = filterSet.map((filter, value) => ({ filter, value }));
    const index = buildTriggerIndex(entries, requirementOf);
    const compiled = filterSet.map(compileFilter);
    const invalid = compiled.flatMap((result, value) => (result.kind === 'error' ? [value] : []));
    expect(index.invalid.map(({ value }) => value)).toEqual(invalid);
    tally.sets++;
    tally.filters += filterSet.length;
    tally.invalid += invalid.length;
    for (const one of eventSet) {
      const wanted = compiled.flatMap((result, value) =>
        result.kind === 'ok' && result.filter.matches(one) ? [value] : [],
      );
      expect(index.match(one)).toEqual(wanted);
      tally.matches += wanted.length;
      tally.evaluations += index.evaluations(one);
      tally.judged += filterSet.length;
    }
  });
}

/** The requirement with every alternative but the first cut off: what an index that forgets OR would look up. */
function firstAlternative(requirement: Requirement): Requirement {
  if (requirement.kind === 'some') return firstAlternative(requirement.members[0] as Requirement);
  if (requirement.kind === 'every') return { ...requirement, members: requirement.members.map(firstAlternative) };
  return requirement;
}

/** Prefixes and suffixes looked up as whole texts. */
function wholeTexts(requirement: Requirement): Requirement {
  if (requirement.kind === 'key') return { kind: 'key', key: { ...requirement.key, kind: 'exact' } };
  if (requirement.kind === 'unknown') return requirement;
  return { ...requirement, members: requirement.members.map(wholeTexts) };
}

describe('trigger index: match(event) gives exactly what one-by-one evaluation gives', () => {
  it(`holds for ${SETS} random sets of filter trees with three events each (seed ${SEED})`, () => {
    fc.assert(indexEqualsOneByOne(filterRequirement), { seed: SEED, numRuns: SETS });
    process.stdout.write(`trigger index: seed ${SEED}, ${JSON.stringify(tally)}\n`);
    // The runs attack the promise only if filters do match and the index does narrow down.
    expect(tally.matches).toBeGreaterThan(SETS / 2);
    expect(tally.evaluations).toBeLessThan(tally.judged * 0.8);
    expect(tally.invalid).toBeLessThan(tally.filters / 2);
  }, 60_000);

  it(`holds for ${CROWDED_SETS} sets of up to 40 single clauses that share two attributes (seed ${SEED})`, () => {
    fc.assert(indexEqualsOneByOne(filterRequirement, clauseFilter, 40), { seed: SEED, numRuns: CROWDED_SETS });
  }, 60_000);

  it.each([
    ['forgets all but the first alternative', firstAlternative],
    ['looks up prefixes as whole texts', wholeTexts],
  ])('canary: an index that %s is caught', (_name, broken) => {
    const result = fc.check(
      indexEqualsOneByOne((filter) => broken(filterRequirement(filter))),
      { seed: SEED, numRuns: SETS, endOnFailure: true },
    );
    expect(result.failed).toBe(true);
  });
});

it(`explain gives the answer of matches, at ${CROWDED_SETS} random filters and events (seed ${SEED})`, () => {
  const property = fc.property(triggerFilter, event, (filter, one) => {
    const compiled = compileFilter(filter);
    fc.pre(compiled.kind === 'ok');
    expect(compiled.filter.explain(one).result).toBe(compiled.filter.matches(one));
  });
  fc.assert(property, { seed: SEED, numRuns: CROWDED_SETS });
});
