/** The scenarios about time and memory, on a small scale: outcomes only, no figure is judged. */
import { beforeAll, expect, test } from 'vitest';
import * as crash from '../../bench/scenarios/crash.ts';
import * as idle from '../../bench/scenarios/idle.ts';
import * as leak from '../../bench/scenarios/leak.ts';
import * as slow from '../../bench/scenarios/slow.ts';
import { silence } from '../../bench/support/progress.ts';

const timeout = 120_000;

beforeAll(() => silence());

test('slow: a subscriber that needs its time is given as many at once as it may have', { timeout }, async () => {
  const plan = { rounds: 1, events: 200, delayMs: 50, triggers: 4, maxInFlight: 100 };
  const [figure, ...more] = await slow.measureSlow(plan);
  expect(figure).toMatchObject({ acknowledged: 200, lost: 0, duplicates: 0 });
  expect(more).toEqual([]);
  expect(slow.judge(plan, figure ? [figure] : []).rows.length).toBeGreaterThan(2);
});

test('idle: with one trigger and with more', { timeout }, async () => {
  const figures = await idle.measureIdle({ rounds: 1, added: 3, idleMs: 100 });
  expect(figures.map(({ triggers }) => triggers)).toEqual([1, 4]);
  for (const { residentBytes } of figures) expect(residentBytes).toBeGreaterThan(0);
  expect(idle.resultOf(3, figures).checks.map(({ goal }) => goal)).toEqual(['idle', 'idleTriggers']);
});

test('crash: killed under load, started again, nothing lost and no more repeated than was in flight', {
  timeout,
}, async () => {
  const plan = { rounds: 1, rate: 200, triggers: 2, killAfterMs: 1_500 };
  const figures = await crash.measureCrash(plan);
  const [figure] = figures;
  expect(figure?.acknowledged).toBeGreaterThan(0);
  expect(figure?.lost).toBe(0);
  expect(figure?.duplicates).toBeLessThanOrEqual(figure?.inFlightMax ?? 0);
  const { checks } = crash.resultOf(plan, figures);
  expect(checks.map(({ goal, holds }) => [goal, holds])).toEqual([
    ['lostByKill', true],
    ['repeatedByKill', true],
  ]);
});

test('leak: triggers come and go, and the one that stays gets everything', { timeout }, async () => {
  const plan = { events: 4_000, changeMs: 100, lookMs: 20, changing: 4 };
  const figures = await leak.measureLeak(plan);
  expect(figures).toMatchObject({ acknowledged: 4_000, lost: 0 });
  expect(figures.changes).toBeGreaterThan(0);
  expect(figures.fifths).toHaveLength(5);
  expect(figures.fifths.at(-1)?.residentBytes).toBeGreaterThan(0);
  expect(leak.resultOf(plan, figures).checks.map(({ kind }) => kind)).toEqual(['verified', 'bar']);
});
