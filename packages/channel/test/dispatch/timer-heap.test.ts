import { VirtualClock } from '@millrace/testkit';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Alarm, TimerHeap } from '../../src/dispatch/timer-heap.ts';

type Step =
  | { readonly kind: 'set'; readonly timer: number; readonly delayMs: number }
  | { readonly kind: 'cancel'; readonly timer: number }
  | { readonly kind: 'advance'; readonly ms: number };

const TIMERS = 12;
const timer = fc.nat(TIMERS - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), timer, delayMs: fc.nat(50) }),
  fc.record({ kind: fc.constant('cancel' as const), timer }),
  fc.record({ kind: fc.constant('advance' as const), ms: fc.nat(30) }),
);

describe('the timer heap', () => {
  test('fires what a sorted list would fire, in its order, never before its time (T1, T2)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        const clock = new VirtualClock();
        const heap = new TimerHeap(clock);
        const fired: string[] = [];
        const alarms = Array.from({ length: TIMERS }, (_, index) => {
          return new Alarm(() => fired.push(`${index}@${clock.monotonic()}`));
        });
        const expected: string[] = [];
        let waiting: { timer: number; dueMs: number; order: number }[] = [];
        let order = 0;
        for (const next of steps) {
          if (next.kind === 'advance') {
            const until = clock.monotonic() + next.ms;
            const due = waiting.filter(({ dueMs }) => dueMs <= until);
            due.sort((a, b) => a.dueMs - b.dueMs || a.order - b.order);
            expected.push(...due.map((entry) => `${entry.timer}@${entry.dueMs}`));
            waiting = waiting.filter(({ dueMs }) => dueMs > until);
            await clock.advance(next.ms);
            continue;
          }
          waiting = waiting.filter((entry) => entry.timer !== next.timer);
          if (next.kind === 'cancel') heap.cancel(alarms[next.timer]!);
          else {
            heap.set(alarms[next.timer]!, next.delayMs);
            waiting.push({ timer: next.timer, dueMs: clock.monotonic() + next.delayMs, order: order++ });
          }
        }
        expect(fired).toEqual(expected);
        expect(heap.size).toBe(waiting.length);
      }),
      { seed: 20_261_121, numRuns: 500 },
    );
  });

  test('sets one clock timer, however many entries wait', () => {
    const clock = new VirtualClock();
    const heap = new TimerHeap(clock);
    for (let index = 0; index < 1_000; index++) heap.set(new Alarm(() => {}), 1_000 + index);
    expect(clock.pending).toBe(1);
    heap.set(new Alarm(() => {}), 5);
    expect(clock.pending).toBe(1);
    expect(clock.nextInMs).toBe(5);
  });

  test('an entry that sets itself again at once waits for the next turn: a turn always ends (T3)', async () => {
    const clock = new VirtualClock();
    const heap = new TimerHeap(clock);
    let count = 0;
    const again: Alarm = new Alarm(() => {
      count++;
      heap.set(again, 10);
    });
    heap.set(again, 0);
    await clock.advance(95);
    expect(count).toBe(10);
  });

  test('closed, it fires nothing and sets nothing', async () => {
    const clock = new VirtualClock();
    const heap = new TimerHeap(clock);
    let fired = false;
    heap.set(
      new Alarm(() => {
        fired = true;
      }),
      1,
    );
    heap.close();
    heap.set(new Alarm(() => {}), 1);
    await clock.advance(10);
    expect(fired).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
