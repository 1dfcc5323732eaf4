import { releaseStartMemory } from '@millrace/runtime';
import { expect, test } from 'vitest';

test('what was garbage is given back, and nothing else is touched', () => {
  const kept = { value: 1 };
  let garbage: unknown[] | undefined = Array.from({ length: 500_000 }, (_, index) => ({ index }));
  expect(garbage).toHaveLength(500_000);
  const before = process.memoryUsage().heapUsed;
  garbage = undefined;
  releaseStartMemory();
  expect(process.memoryUsage().heapUsed).toBeLessThan(before - 10_000_000);
  expect(kept.value).toBe(1);
});

test('it may be called again', () => {
  releaseStartMemory();
  expect(() => releaseStartMemory()).not.toThrow();
});
