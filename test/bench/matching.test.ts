/** The matching benchmark in small, so that it cannot rot: what it matches is checked, its figures are printed. */
import { expect, it } from 'vitest';
import { run } from '../../bench/scenarios/matching.ts';
import { formatResult, rowOf } from '../../bench/support/result.ts';

it('10,000 triggers of which one matches: one filter is evaluated per event, as with one trigger', async () => {
  // A wrong match makes `run` throw.
  const result = await run({ quick: true });
  process.stdout.write(formatResult(result));
  const evaluated = result.checks.filter(({ what }) => what.endsWith('filters evaluated per event'));
  expect(evaluated.map(({ holds }) => holds)).toEqual([true, true, true, true]);
  const costs = result.rows.filter(({ unit }) => unit === 'µs CPU/event');
  expect(costs).toHaveLength(8);
  expect(costs.every(({ median }) => median > 0)).toBe(true);
}, 60_000);

it('median of an odd and of an even number of figures', () => {
  expect(rowOf('odd', 'µs', [3, 1, 2])).toEqual({ label: 'odd', unit: 'µs', min: 1, median: 2, max: 3 });
  expect(rowOf('even', 'µs', [4, 1, 2, 3]).median).toBe(2.5);
  expect(() => rowOf('none', 'µs', [])).toThrow(RangeError);
});
