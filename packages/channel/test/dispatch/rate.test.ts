import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RateLimit } from '../../src/dispatch/rate.ts';

test('in any span of t seconds at most rate·t + burst deliveries begin (R1)', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0.1, max: 5_000, noNaN: true }),
      fc.array(fc.double({ min: 0, max: 2_000, noNaN: true }), { maxLength: 100 }),
      (rate, gaps) => {
        const limit = new RateLimit(rate, 0);
        const begun: number[] = [];
        let nowMs = 0;
        for (const gap of gaps) {
          nowMs += gap;
          while (limit.take(nowMs) === 0) begun.push(nowMs);
        }
        for (let from = 0; from < begun.length; from++) {
          for (const to of [from + 1, from + 10, begun.length - 1]) {
            if (to <= from || to >= begun.length) continue;
            const seconds = (begun[to]! - begun[from]!) / 1_000;
            expect(to - from + 1).toBeLessThanOrEqual(rate * seconds + limit.burst + 1e-3);
          }
        }
      },
    ),
    { seed: 20_261_121, numRuns: 300 },
  );
});

test('who waits as long as told gets its token', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 5_000, noNaN: true }), (rate) => {
      const limit = new RateLimit(rate, 0);
      let nowMs = 0;
      for (let taken = 0; taken < 20; taken++) {
        const waitMs = limit.take(nowMs);
        if (waitMs === 0) continue;
        nowMs += waitMs;
        expect(limit.take(nowMs)).toBe(0);
      }
    }),
    { seed: 20_261_121 },
  );
});
