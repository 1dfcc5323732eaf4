/** Durations as Go's `time.ParseDuration` reads them. */
import { expect, it } from 'vitest';
import { parseGoDuration } from '../../src/kinds/shared/go-duration.ts';

it.each([
  ['0', 0],
  ['72h', 259_200_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['100ms', 100],
  ['500us', 0.5],
  ['2m0s', 120_000],
])('%s', (text, ms) => expect(parseGoDuration(text)).toBeCloseTo(ms, 9));

it.each(['', 'h', '5', '5 m', '-5s', 'PT1H', '1d', '1h 5m', 'x', `${'9'.repeat(400)}h`])('%j is none', (text) =>
  expect(parseGoDuration(text)).toBeUndefined(),
);
