import { boundMemory, releaseMemory, releaseStartMemory } from '@millrace/runtime';
import { VirtualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';

test('what was garbage is given back, and nothing else is touched', () => {
  const kept = { value: 1 };
  let garbage: unknown[] | undefined = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  expect(garbage).toHaveLength(500_000);
  const before = process.memoryUsage().heapUsed;
  garbage = undefined;
  releaseMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(before - 10_000_000);
  expect(kept.value).toBe(1);
});

test('it may be called again', () => {
  releaseMemory();
  expect(() => releaseMemory()).not.toThrow();
});

test('the young generation is looked at again and again until it is ended', async () => {
  const clock = new VirtualClock();
  const end = boundMemory(clock);
  await clock.advance(2_000);
  expect(clock.pending).toBe(1);
  end();
  expect(clock.pending).toBe(0);
});
