/** Canaries: a hop that loses or repeats events is caught, and makes the command end as a failure. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { exits, runAll } from '../../bench/main.ts';
import { startListener } from '../../bench/support/child.ts';
import { contest, type SideFigures, sideRows, validity } from '../../bench/support/contest.ts';
import { silence } from '../../bench/support/progress.ts';
import type { BenchResult } from '../../bench/support/result.ts';
import { startSink } from '../../bench/support/sinks.ts';
import { using } from '../../bench/support/system.ts';
import { temporaryFolder } from '../support/millrace.ts';

const wrongHop = fileURLToPath(import.meta.resolve('./support/wrong-hop.ts'));
const giveUpAfterMs = 700;

beforeAll(() => silence());
afterEach(() => vi.restoreAllMocks());

function measure(fault: 'lose' | 'repeat' | 'half' | 'none', targets: number): Promise<readonly SideFigures[]> {
  return using(startSink(), (sink) =>
    using(startListener(wrongHop, { subscriber: sink.url, fault }), (hop) =>
      contest('canary', [{ name: fault, pid: hop.pid, url: `${hop.url}/`, targets }], sink, {
        rounds: 1,
        events: 200,
        warmUpEvents: 20,
        stillMs: giveUpAfterMs,
      }),
    ),
  );
}

const totals = (figures: readonly SideFigures[]) => {
  const closed = figures.flatMap((one) => one.closed);
  return { lost: closed[0]?.lost, duplicates: closed[0]?.duplicates };
};

test('a hop without a fault is not accused', async () => {
  expect(totals(await measure('none', 1))).toEqual({ lost: 0, duplicates: 0 });
});

test('each tenth event acknowledged and not delivered: 20 of 200 are lost', async () => {
  const figures = await measure('lose', 1);
  expect(totals(figures)).toEqual({ lost: 20, duplicates: 0 });
  expect(validity(figures).find(({ kind }) => kind === 'verified')).toMatchObject({ holds: false });
});

test('an event that one of two subscribers never gets is lost', async () => {
  expect(totals(await measure('half', 2))).toEqual({ lost: 20, duplicates: 0 });
});

test('an event that comes twice is a duplicate', async () => {
  expect(totals(await measure('repeat', 1))).toMatchObject({ lost: 0, duplicates: 20 });
});

const resultOf = (figures: readonly SideFigures[]): BenchResult => ({
  name: 'canary',
  rows: figures.flatMap(sideRows),
  checks: validity(figures),
});

test.each([
  {
    what: 'a lost event',
    run: async () => resultOf(await measure('lose', 1)),
    code: exits.wrong,
    says: 'WRONG: deliver',
  },
  {
    what: 'a scenario that fails',
    run: () => Promise.reject(new Error('it did not start')),
    code: exits.wrong,
    says: 'FAILED: it did not start',
  },
  {
    what: 'a bar that is not held',
    run: async () => ({
      name: 'bar',
      rows: [],
      checks: [{ kind: 'bar' as const, what: 'cost', bar: '≤ 1', got: '2', holds: false }],
    }),
    code: exits.barNotHeld,
    says: 'DOES NOT HOLD: cost: 2',
  },
])('the command ends with $code for $what', async ({ run, code, says }) => {
  const written: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  const folder = temporaryFolder();
  try {
    const scenario = { name: 'canary', about: '', load: async () => ({ run }) };
    const file = join(folder.path, 'canary.json');
    expect(await runAll([scenario], { quick: true, isGoalRun: false, file })).toBe(code);
    expect(written.join('')).toContain(says);
  } finally {
    folder.remove();
  }
});
