/** The hop benchmark on a small scale: it measures both sides, and every acknowledged event arrived. */
import { expect, test } from 'vitest';
import { measureHop } from '../../bench/scenarios/hop.ts';
import { silence } from '../../bench/support/progress.ts';

test('the bare hop and millrace take turns, and no acknowledged event is missing', { timeout: 120_000 }, async () => {
  silence();
  const figures = await measureHop({ rounds: 2, events: 300, warmUpEvents: 100 });
  expect(figures.map(({ side }) => side)).toEqual(['bare hop', 'millrace', 'millrace', 'bare hop']);
  for (const figure of figures) {
    expect(figure).toMatchObject({ acknowledged: 300, missing: 0 });
    expect(figure.eventsPerSecond).toBeGreaterThan(0);
  }
});
