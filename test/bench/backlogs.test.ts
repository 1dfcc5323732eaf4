/** Backlogs on a small scale: kept while a trigger rests, through a kill and a start, and given to one that comes later. */
import { beforeAll, expect, test } from 'vitest';
import * as backlog from '../../bench/scenarios/backlog.ts';
import * as replay from '../../bench/scenarios/replay.ts';
import * as restart from '../../bench/scenarios/restart.ts';
import { silence } from '../../bench/support/progress.ts';

const timeout = 120_000;

beforeAll(() => silence());

test('backlog: all of it is drained when the trigger goes on', { timeout }, async () => {
  const figure = await backlog.measureBacklog(500);
  expect(figure).toMatchObject({ acknowledged: 500, lost: 0, duplicates: 0 });
  expect(figure.drainPerSecond).toBeGreaterThan(0);
  expect(backlog.resultOf(500, [figure]).checks.map(({ holds }) => holds)).toEqual([true]);
});

test('restart: ready again with a backlog, which is still there', { timeout }, async () => {
  const plan = { rounds: 2, events: 500, idleMs: 50 };
  const figures = await restart.measureRestart(plan);
  expect(figures).toMatchObject({ acknowledged: 500, lost: 0 });
  expect([figures.empty.length, figures.filled.length]).toEqual([2, 2]);
  for (const { readyMs, idleBytes } of figures.filled) {
    expect(readyMs).toBeGreaterThan(0);
    expect(idleBytes).toBeGreaterThan(0);
  }
  expect(restart.resultOf(plan, figures).checks.map(({ holds }) => holds)).toEqual([true]);
});

test('replay: a trigger that begins at the start gets everything that is kept', { timeout }, async () => {
  const figures = await replay.measureReplay(2, 500);
  expect(figures).toMatchObject({ acknowledged: 500, lost: 0, duplicates: 0 });
  expect(figures.rounds).toHaveLength(2);
  expect(replay.resultOf(500, figures).checks.map(({ holds }) => holds)).toEqual([true]);
});
