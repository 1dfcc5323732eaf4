/** Waiting for work, but not longer than a limit. */
import { Alarm, type TimerHeap } from './timer-heap.ts';

/** True when `work` was done within the limit; false when it goes on without anybody waiting for it. Rejects as `work` does. */
export async function within(timers: TimerHeap, limitMs: number, work: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const limit = new Alarm(() => late.resolve(false));
  timers.set(limit, limitMs);
  try {
    return await Promise.race([work.then(() => true), late.promise]);
  } finally {
    timers.cancel(limit);
  }
}
