/**
 * Conformance with Knative Eventing, clause by clause, against the real process: objects over the resource API as a
 * Kubernetes client writes them, events over HTTP, subscribers on the wire.
 *
 * One server for all; a namespace for each clause, so that they run beside one another. What a test said is final is
 * checked again at the end, so that nobody waits to see that nothing comes.
 */
import { describe, expect, test } from 'vitest';
import './clauses/index.ts';
import type { Clause } from './ledger/clause.ts';
import { coverageOf } from './support/check.ts';
import { runOfAll } from './support/runs.ts';

runOfAll();

describe('the judge of a run', () => {
  test('canary: a MUST without a test, one that does not hold, and one without a reason are found', () => {
    const clause = (id: string, place: Clause['place'], level: Clause['level'] = 'must'): Clause => ({
      id,
      source: '',
      level,
      says: '',
      place,
      note: '',
    });
    const ledger = [
      clause('held', 'here'),
      clause('failed', 'here'),
      clause('forgotten', 'here'),
      clause('wish', 'here', 'should'),
      clause('unexplained', 'not-here'),
      clause('held', 'here'),
    ];
    const { total, held, problems } = coverageOf(
      ledger,
      new Map([
        ['held', true],
        ['failed', false],
      ]),
    );
    expect([total, held]).toEqual([5, 2]);
    expect(problems).toEqual([
      'failed: does not hold',
      'forgotten: has no test that ran',
      'unexplained: does not apply, without a reason',
      'held: twice in the ledger',
    ]);
  });
});
