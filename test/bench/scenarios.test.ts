/** The scenarios that let sides take turns, on a small scale: every side is measured, and nothing acknowledged is missing. */
import { beforeAll, expect, test } from 'vitest';
import * as ceiling from '../../bench/scenarios/ceiling.ts';
import * as fanOut from '../../bench/scenarios/fan-out.ts';
import * as memory from '../../bench/scenarios/memory.ts';
import * as sizes from '../../bench/scenarios/sizes.ts';
import * as structured from '../../bench/scenarios/structured.ts';
import * as triggers from '../../bench/scenarios/triggers.ts';
import * as workers from '../../bench/scenarios/workers.ts';
import type { SideFigures } from '../../bench/support/contest.ts';
import { filterKinds } from '../../bench/support/filters.ts';
import { silence } from '../../bench/support/progress.ts';
import type { BenchResult } from '../../bench/support/result.ts';
import type { RoundFigure } from '../../bench/support/round.ts';

const plan = { rounds: 1, events: 100, warmUpEvents: 50 };
const timeout = 120_000;

/** A round in which nothing else is to be seen. */
const quiet: RoundFigure = {
  ...{ side: '', cpuPerEvent: 0, threads: {}, eventsPerSecond: 0, busiestThread: 0, generatorShare: 0, sinkShare: 0 },
  ...{ generatorCpuPerEvent: 0, sinkCpuPerDelivery: 0, latency: { p50: 0, p99: 0, p999: 0, max: 0 }, answerP99: 0 },
  ...{ lateP99: 0, peakBytes: 0, acknowledged: 1, lost: 0, duplicates: 0 },
};

beforeAll(() => silence());

function expectAllArrived(figures: readonly SideFigures[], sides: readonly string[]) {
  expect(figures.map(({ side }) => side)).toEqual(sides);
  for (const { side, closed } of figures) {
    expect(closed, side).toHaveLength(1);
    expect(closed[0]?.acknowledged, side).toBeGreaterThan(0);
    expect(closed[0], side).toMatchObject({ lost: 0, duplicates: 0 });
  }
}

function expectVerified({ rows, checks }: Pick<BenchResult, 'rows' | 'checks'>) {
  const verified = checks.filter(({ kind }) => kind === 'verified');
  expect(verified.map(({ holds }) => holds)).toEqual([true]);
  expect(rows.length).toBeGreaterThan(3);
}

test('ceiling: the generator straight into the sink', { timeout }, async () => {
  const figures = await ceiling.measureCeiling(plan);
  expectAllArrived(figures, ['generator into sink', 'bare hop']);
  expectVerified(ceiling.resultOf(figures));
});

test('memory: the log in memory and the local log beside the bare hop', { timeout }, async () => {
  const figures = await memory.measureMemory(plan);
  expectAllArrived(figures, ['bare hop', 'log in memory', 'local log']);
  expectVerified(memory.resultOf(figures));
});

test('fan-out: each of several triggers gets each event, beside bare posts', { timeout }, async () => {
  const figures = await fanOut.measureFanOut([1, 3], { ...plan, events: 300 });
  expectAllArrived(figures.sides, [fanOut.sideName(1), fanOut.sideName(3)]);
  expect(figures.sides.map(({ closed }) => closed[0]?.acknowledged)).toEqual([300, 100]);
  expect(figures.posts).toHaveLength(1);
  const result = fanOut.resultOf([1, 3], figures);
  expectVerified(result);
  expect(result.checks.map(({ goal }) => goal)).toContain('furtherTrigger');
});

test.each(filterKinds.map(({ name }) => name))('triggers: one of several matches, %s', { timeout }, async (kind) => {
  const figures = await triggers.measureTriggers(kind, [1, 12], plan);
  expectAllArrived(figures, [`${kind}, 1 trigger`, `${kind}, 12 triggers`]);
  expectVerified(triggers.judge(kind, [1, 12], figures));
});

test('sizes: 100 bytes to 1 MiB', { timeout }, async () => {
  const figures = await sizes.measureSizes({ ...plan, events: 20 });
  const names = ['100 B', '1 KiB', '64 KiB', '1 MiB'];
  expectAllArrived(
    figures,
    names.flatMap((size) => [`bare hop, ${size}`, `millrace, ${size}`]),
  );
  expectVerified(sizes.resultOf(figures));
});

test('structured: taken in structured mode, delivered in binary mode', { timeout }, async () => {
  const figures = await structured.measureStructured(plan);
  expectAllArrived(figures, ['bare hop, binary', 'binary in, binary out', 'structured in, binary out']);
  expectVerified(structured.resultOf(figures));
});

test('workers: none, one and two of them, and again with cores of their own where there are some', {
  timeout,
}, async () => {
  const figures = await workers.measureWorkers(plan);
  const names = [workers.sideName(0), workers.sideName(1), workers.sideName(2)];
  expectAllArrived(figures.shared, names);
  if (figures.own.length > 0) expectAllArrived(figures.own, workers.ownerNames);
  const result = workers.resultOf(figures);
  expectVerified(result);
  expect(result.checks.filter(({ kind }) => kind === 'bar')).toHaveLength(1);
  const threads = Object.keys(figures.shared[2]?.closed[0]?.threads ?? {});
  expect(threads).toEqual(expect.arrayContaining(['worker 1', 'worker 2']));
});

test('workers: judged is what was measured with cores of its own; without them what they would allow, never the shared ones', () => {
  const sides = (names: readonly string[], rates: readonly number[], busiest: readonly number[]) =>
    names.map((side, at) => ({
      side,
      closed: [{ ...quiet, eventsPerSecond: rates[at] ?? 0, cpuPerEvent: 100, threads: { main: busiest[at] ?? 0 } }],
      open: [],
    }));
  const bar = (figures: workers.WorkersFigures) => workers.resultOf(figures).checks.find(({ kind }) => kind === 'bar');
  const shared = sides([0, 1, 2].map(workers.sideName), [100, 110, 90], [80, 55, 50]);
  expect(bar({ shared, own: [] })).toMatchObject({ got: '2.00 ×', holds: true });
  const own = (rates: readonly number[]) => ({ shared, own: sides(workers.ownerNames, rates, [80, 80, 50, 50]) });
  // One thread with two cores is no worker, however fast it is.
  expect(bar(own([100, 190, 140, 120]))).toMatchObject({ got: '1.40 ×', holds: false });
  expect(bar(own([100, 120, 140, 170]))).toMatchObject({ got: '1.70 ×', holds: true });
});

test('workers: what cores would allow is bounded by the busiest thread, and by all of them together', () => {
  expect(workers.allowedRate({ threads: { main: 50, 'worker 1': 20 }, cpuPerEvent: 80 }, 2)).toBe(20_000);
  expect(workers.allowedRate({ threads: { main: 20, 'worker 1': 50 }, cpuPerEvent: 125 }, 2)).toBe(16_000);
  expect(workers.allowedRate({ threads: { main: 50, 'worker 1': 20 }, cpuPerEvent: 80 }, 1)).toBe(12_500);
});
