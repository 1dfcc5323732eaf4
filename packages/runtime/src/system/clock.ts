/** The machine's own clock. The only place in Millrace that reads it. */
import type { Clock, Timer } from '../ports/index.ts';

/** The longest delay a Node timer takes (2^31 − 1 ms); longer ones would fire at once. */
const delayMsMax = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  setTimer(delayMs, callback, options): Timer {
    const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), delayMsMax));
    if (options?.ref !== true) timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};
