/** The hop benchmark on a small scale: it measures both sides, and every acknowledged event arrived. */
import { expect, test } from 'vitest';
import { measureHop, resultOf } from '../../bench/scenarios/hop.ts';
import { sideRows } from '../../bench/support/contest.ts';
import { silence } from '../../bench/support/progress.ts';

test('the bare hop and millrace take turns, closed and open loop, and no acknowledged event is missing', {
  timeout: 120_000,
}, async () => {
  silence();
  const plan = { rounds: 2, events: 300, warmUpEvents: 100, open: { rate: 200, events: 100 } };
  const figures = await measureHop(plan);
  expect(figures.map(({ side }) => side)).toEqual(['bare hop', 'millrace']);
  for (const { closed, open } of figures) {
    for (const [round, events] of [
      ...closed.map((one) => [one, 300] as const),
      ...open.map((one) => [one, 100] as const),
    ]) {
      expect(round).toMatchObject({ acknowledged: events, lost: 0, duplicates: 0 });
      expect(round.eventsPerSecond).toBeGreaterThan(0);
      expect(round.latency.p50).toBeGreaterThan(0);
      expect(round.latency.p999).toBeGreaterThanOrEqual(round.latency.p50);
      expect(Object.keys(round.threads)).toContain('main');
    }
    expect([closed.length, open.length]).toEqual([2, 2]);
  }
  const labels = sideRows(figures[1] as (typeof figures)[number]).map(({ label }) => label);
  for (const wanted of [
    'CPU per event',
    'rate, closed loop',
    'latency p50',
    'latency p99',
    'latency p99.9',
    'lost',
    'duplicates',
  ])
    expect(labels).toContain(`millrace: ${wanted}`);
  expect(labels).toContain('millrace: peak resident memory');
  const { checks } = resultOf(figures);
  expect(checks.find(({ kind }) => kind === 'verified')).toMatchObject({ holds: true });
  expect(checks.map(({ goal }) => goal)).toContain('hop');
});
