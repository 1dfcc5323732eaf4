/**
 * Thousands of random runs of the whole dispatch engine under a virtual clock.
 * MILLRACE_SIM_SEED=n repeats one run; MILLRACE_SIM_RUNS=n makes n of them, MILLRACE_SIM_FROM=n begins at that seed.
 */
import { expect, test } from 'vitest';
import { check } from './checkers/index.ts';
import { HEALTHY, Schedule } from './schedule.ts';

const only = process.env['MILLRACE_SIM_SEED'];
const runs = only === undefined ? Number(process.env['MILLRACE_SIM_RUNS'] ?? 3_000) : 1;
const first = Number(only ?? process.env['MILLRACE_SIM_FROM'] ?? 1);
/** Lines of the timeline that are shown of a failed run. */
const TIMELINE_LINES = 400;

test(`${runs} random schedules keep the rules of dispatch (design section 4)`, { timeout: 600_000 }, async () => {
  let deliveries = 0;
  for (let seed = first; seed < first + runs; seed++) {
    const history = await new Schedule(seed).run();
    deliveries += history.terminals.length;
    const wrong = check(history, HEALTHY);
    if (wrong.length > 0) {
      const timeline = history.timeline.slice(-TIMELINE_LINES).join('\n');
      throw new Error(`MILLRACE_SIM_SEED=${seed}\n${wrong.slice(0, 10).join('\n')}\n\ntimeline:\n${timeline}`);
    }
  }
  expect(deliveries).toBeGreaterThan(runs * 10);
});
