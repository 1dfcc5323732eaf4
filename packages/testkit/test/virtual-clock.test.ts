import fc from 'fast-check';
import { expect, test } from 'vitest';
import { VirtualClock } from '../src/virtual-clock.ts';

test('timers fire in order of their due time, equal ones in the order they were set, cancelled ones never (V1)', async () => {
  const timers = fc.array(fc.record({ delayMs: fc.nat(40), cancelled: fc.boolean() }), { maxLength: 200 });
  await fc.assert(
    fc.asyncProperty(timers, async (specs) => {
      const clock = new VirtualClock();
      const fired: number[] = [];
      const set = specs.map(({ delayMs }, index) => clock.setTimer(delayMs, () => fired.push(index)));
      for (const [index, { cancelled }] of specs.entries()) {
        if (!cancelled) continue;
        set[index]?.cancel();
        set[index]?.cancel();
      }
      const expected = [...specs.entries()]
        .filter(([, { cancelled }]) => !cancelled)
        .sort(([a, { delayMs: delayA }], [b, { delayMs: delayB }]) => delayA - delayB || a - b)
        .map(([index]) => index);
      expect(clock.pending).toBe(expected.length);
      await clock.advance(40);
      expect(fired).toEqual(expected);
      expect(clock.pending).toBe(0);
    }),
    { seed: 20_261_121, numRuns: 50 },
  );
});

test('between two timers all promise work that is ready runs (V2)', async () => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  clock.setTimer(1, async () => {
    await Promise.resolve().then(() => Promise.resolve());
    seen.push('promise');
  });
  clock.setTimer(1, () => seen.push('timer'));
  await clock.advance(1);
  expect(seen).toEqual(['promise', 'timer']);
});

test('a hundred thousand timers are no burden', async () => {
  const clock = new VirtualClock();
  const timers = Array.from({ length: 100_000 }, (_, index) => clock.setTimer(index % 1_000, () => {}));
  for (const timer of timers.slice(10)) timer.cancel();
  await clock.advance(1_000);
  expect(clock.pending).toBe(0);
});
