/**
 * Keeps the process's memory near what it needs. V8 sizes its heap for speed on a machine of its own: its young
 * generation grows to some 50 MiB under load and stays there, and the old one is collected when it has doubled.
 *
 * - After the start one full collection of the thorough kind takes back what loading code and compiling schemas needed,
 *   some 30 MiB, in about 50 ms.
 * - The young generation grows no further than `youngBytesMax`; the old one is collected when it has grown by
 *   `oldGrowthPercent`. Resident memory under load beside two failing subscribers: 290 MiB without, 230 with.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Clock, Timer } from '../ports/index.ts';

/** Events of a few KiB in flight by the hundred fit several times over; less would collect more often than it is worth. */
const youngBytesMax = 12 * 1024 ** 2;
/**
 * V8's own is 100 to 300 for heaps of this size. Each collection costs the serving thread some 25 ms in small steps: at
 * 2,000 events a second there is one in two seconds.
 */
const oldGrowthPercent = 45;
/** How often the size of the young generation is looked at: it takes seconds to grow. */
const lookEveryMs = 500;

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

export function releaseStartMemory(): void {
  setFlagsFromString('--expose-gc');
  // Flags are the process's: another thread that has just done the same may have taken it away again.
  const collect = runInNewContext('globalThis.gc') as Collect | undefined;
  setFlagsFromString('--no-expose-gc');
  collect?.({ type: 'major', flavor: 'last-resort' });
}

/** Bounds what V8 takes. Returns what ends it. */
export function boundMemory(clock: Clock): () => void {
  setFlagsFromString(`--heap-growing-percent=${oldGrowthPercent}`);
  let timer: Timer | undefined;
  const look = () => {
    const young = getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space');
    // Grown by a factor of one it keeps its size.
    setFlagsFromString(`--semi-space-growth-factor=${(young?.space_size ?? 0) >= youngBytesMax ? 1 : 2}`);
    timer = clock.setTimer(lookEveryMs, look);
  };
  look();
  return () => timer?.cancel();
}
