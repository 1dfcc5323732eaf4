/** Waits for something to be complete, and gives up where it stands still: then the caller judges what there is. */
import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 200;
/** Longer than any timeout and back-off of a scenario, so that standing still means that nothing comes any more. */
const STILL_MS_MAX = 30_000;

export async function until<T>(
  look: () => Promise<T>,
  complete: (value: T) => boolean,
  /** A number that moves as long as there is progress. */
  progress: (value: T) => number,
  limitMs: number,
  stillMs = STILL_MS_MAX,
): Promise<T> {
  const startMs = performance.now();
  let movedMs = startMs;
  let last = Number.NaN;
  for (;;) {
    const value = await look();
    const nowMs = performance.now();
    if (complete(value)) return value;
    if (progress(value) !== last) movedMs = nowMs;
    last = progress(value);
    if (nowMs - movedMs > stillMs || nowMs - startMs > limitMs) return value;
    await sleep(EVERY_MS);
  }
}
