/** What a trigger takes that has nothing to do: there are thousands of them in a process (design section 8). */
import { releaseMemory } from '@millrace/runtime';
import { expect, test } from 'vitest';
import { Harness, route } from './harness.ts';

const triggers = 2_000;
/** 1,270 bytes when it was measured, log, route and matcher of the test included; the rest is room for other versions of V8. */
const bytesMax = 1_800;

function heapBytes(): number {
  releaseMemory();
  return process.memoryUsage().heapUsed;
}

test('an idle trigger takes little in the engine: what it does not need yet is not made', async () => {
  const harness = new Harness();
  await harness.apply(route('warm'));
  const routes = Array.from({ length: triggers }, (_, n) => route(`t${n}`));
  const before = heapBytes();
  await harness.apply(route('warm'), ...routes);
  const perTrigger = (heapBytes() - before) / triggers;
  expect(harness.dispatcher.views()).toHaveLength(triggers + 1);
  expect(perTrigger).toBeLessThan(bytesMax);
  // The canary: what is measured is there at all.
  expect(perTrigger).toBeGreaterThan(200);
});

test('a look at idle triggers leaves no garbage to speak of: there is one each second', async () => {
  const harness = new Harness();
  const routes = Array.from({ length: triggers }, (_, n) => route(`t${n}`));
  await harness.apply(...routes);
  await harness.append(1);
  await harness.clock.advance(5_000);
  const look = () => {
    const views = harness.dispatcher.viewsByUid();
    let lag = 0;
    for (const { uid } of routes) lag += views.get(uid)?.lag ?? 1;
    return lag;
  };
  // The middle one of some: V8 may compile, or collect, while one is looked at.
  const garbage = (what: () => unknown) => {
    const once = () => {
      const before = process.memoryUsage().heapUsed;
      what();
      return process.memoryUsage().heapUsed - before;
    };
    what();
    const all = Array.from({ length: 11 }, once).sort((a, b) => a - b);
    return (all[5] ?? 0) / triggers;
  };
  expect(look()).toBe(0);
  // Some 40 at most; 770 when each look made its views and what leads to them.
  expect(garbage(look)).toBeLessThan(150);
  // The canary: a view for each is seen, some 370 to 560.
  expect(garbage(() => harness.dispatcher.views())).toBeGreaterThan(200);
});
