import { execFileSync } from 'node:child_process';
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

test('after a start it collects once soon, and once more when the process is at rest, and then no more', async () => {
  const clock = new VirtualClock();
  releaseStartMemory(clock);
  // What is computed here counts as work until a look finds half a second of virtual time without any.
  for (let passed = 0; clock.pending > 0 && passed < 100_000; passed += 500) await clock.advance(500);
  expect(clock.pending).toBe(0);
});

test('what waits to collect after a start can be ended', () => {
  const clock = new VirtualClock();
  const end = releaseStartMemory(clock);
  expect(clock.pending).toBe(1);
  end();
  expect(clock.pending).toBe(0);
});

test('what passes by outside the heap makes it collect all of the heap at most half as often as V8 by itself does', {
  timeout: 60_000,
}, () => {
  expect(wholeCollections(true)).toBeLessThanOrEqual(wholeCollections(false) / 2);
});

/** How often a process of its own collects all of its heap while bodies of 64 KiB come and go, some at a time. */
function wholeCollections(bounded: boolean): number {
  const script = `
    import { boundMemory } from '@millrace/runtime';
    import { constants, PerformanceObserver } from 'node:perf_hooks';
    let whole = 0;
    new PerformanceObserver((list) => {
      for (const { detail } of list.getEntries()) if (detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR) whole += 1;
    }).observe({ entryTypes: ['gc'] });
    if (${bounded}) boundMemory({ setTimer: () => ({ cancel() {} }) });
    globalThis.kept = Array.from({ length: 300_000 }, (_, index) => ({ index, text: 'kept ' + index }));
    const passing = [];
    for (let number = 0; number < 20_000; number += 1) {
      passing[number % 64] = [Buffer.allocUnsafeSlow(65_536), Buffer.allocUnsafeSlow(65_536)];
      if (number % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
    console.log(whole);
  `;
  const args = ['--conditions=source', '--v8-pool-size=1', '--input-type=module', '-e', script];
  return Number(execFileSync(process.execPath, args, { cwd: import.meta.dirname, encoding: 'utf8' }));
}
