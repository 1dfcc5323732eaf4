/** Many deadlines on few timers, under a virtual clock. */
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { Deadlines, type Due } from '../../src/http/client/deadlines.ts';

class Call implements Due {
  dueAtMs = 0;
  duePrevious: Due | undefined = undefined;
  dueNext: Due | undefined = undefined;
  dueQueue: Due['dueQueue'] = undefined;
  firedAtMs: number | undefined = undefined;
  readonly #clock: VirtualClock;
  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }
  onDue(): void {
    this.firedAtMs = this.#clock.monotonic();
  }
}

test('each deadline fires once, at its time and not before; one that was removed does not', async () => {
  const clock = new VirtualClock();
  const deadlines = new Deadlines(clock);
  const random = new SeededRandom(7);
  const calls: { readonly call: Call; readonly dueMs: number; removed: boolean }[] = [];
  for (let step = 0; step < 2_000; step += 1) {
    const lengthMs = random.pick([10, 100, 100, 1_000, 30_000]);
    const call = new Call(clock);
    deadlines.add(call, lengthMs, clock.monotonic());
    calls.push({ call, dueMs: clock.monotonic() + lengthMs, removed: false });
    const other = random.pick(calls);
    if (random.chance(0.4) && other.call.firedAtMs === undefined) {
      deadlines.remove(other.call);
      other.removed = true;
    }
    expect(deadlines.timers).toBeLessThanOrEqual(4);
    if (random.chance(0.2)) await clock.advance(random.below(20));
  }
  await clock.advance(60_000);
  for (const { call, dueMs, removed } of calls) expect(call.firedAtMs).toBe(removed ? undefined : dueMs);
  expect(deadlines.timers).toBe(0);
  expect(clock.pending).toBe(0);
});
