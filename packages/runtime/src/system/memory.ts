/**
 * Keeps the process's memory near what it needs. V8 sizes its heap for speed on a machine of its own: its young
 * generation grows to some 50 MiB under load and stays there, and the old one is collected when it has doubled.
 *
 * - After the start a full collection of the thorough kind takes back what loading code and compiling schemas needed, some
 *   30 MiB, in about 50 ms; and another one does when the process is at rest, with many objects that is seconds later.
 * - The C library keeps what was freed within its heaps, 6 to 13 MiB after a start: it is told to give it back.
 * - The young generation grows no further than `youngBytesMax`; the old one is collected when it has grown by
 *   `oldGrowthPercent`. Resident memory under load beside two failing subscribers: 290 MiB without, 230 with.
 * - Bytes of events lie outside V8's heap. By default V8 collects all of the heap whenever 64 MiB of such memory were asked for,
 *   which events of 64 KiB do by the hundred: nine tenths of them are garbage already, and half of what such an event cost was that
 *   collection. Counted together with the heap it is collected half as often, and resident memory is the same.
 * - V8 takes memory back when little was allocated for `restBeforeReducingMs`, and with it the compiled code of connections
 *   that were closed meanwhile: what comes next is compiled anew, and costs a quarter more for some seconds.
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
/** Memory outside the heap may grow by this factor between two collections of all of it. V8's own is 1.3. */
const outsideGrowthMax = 3;
/** V8's own is 8 s. Longer than the minute between two firings of a schedule, so that no burst finds its code gone. */
const restBeforeReducingMs = 120_000;
/** How often the size of the young generation is looked at: it takes seconds to grow. */
const lookEveryMs = 500;

/** After the first requests of a script that waited for the ready line. */
const startMs = 1_000;
/** At rest is what needs less than a tenth of a core for half a second. */
const restShareMax = 0.1;
const restMs = 500;
/** One that is not at rest for this long is at work: what it keeps it is going to need. */
const restLooksMax = 120;

type Collect = (options: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void;

/** Gives back what is garbage. */
export function releaseMemory(): void {
  setFlagsFromString('--expose-gc');
  // Flags are the process's: another thread that has just done the same may have taken it away again.
  const collect = runInNewContext('globalThis.gc') as Collect | undefined;
  setFlagsFromString('--no-expose-gc');
  collect?.({ type: 'major', flavor: 'last-resort' });
  trimAllocator();
}

/**
 * Gives back what the start needed: soon after it, and again once the process is at rest; then it is `others`' turn, which have
 * heaps of their own. Returns what ends it.
 */
export function releaseStartMemory(clock: Clock, others: () => void = () => {}): () => void {
  const used = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  let beforeMs = 0;
  let looks = 0;
  const wait = () => {
    beforeMs = used();
    timer = clock.setTimer(restMs, look);
  };
  const look = () => {
    if (used() - beforeMs < restShareMax * restMs) {
      releaseMemory();
      others();
      // V8 frees what the collection found on another thread.
      timer = clock.setTimer(restMs, trimAllocator);
    } else if (++looks < restLooksMax) wait();
  };
  let timer = clock.setTimer(startMs, () => {
    releaseMemory();
    others();
    wait();
  });
  return () => timer.cancel();
}

/**
 * glibc's `malloc_trim`: within its heaps whole pages of what was freed go back to the system, in a few milliseconds. Node
 * reaches it since version 26, by a module that is experimental; where one of them is not there nothing is given back.
 */
function trimAllocator(): void {
  if (process.platform !== 'linux' || !wideArchitectures.includes(process.arch)) return;
  const { emitWarning } = process;
  try {
    // That the module is experimental is nothing that whoever starts a server has to know.
    process.emitWarning = () => {};
    const ffi = process.getBuiltinModule('node:ffi') as Ffi | undefined;
    using opened = ffi?.dlopen(null, { malloc_trim: { return: 'int32', arguments: ['uint64'] } });
    opened?.functions.malloc_trim(0n);
  } catch {
    // Another C library, or a permission that is not given.
  } finally {
    process.emitWarning = emitWarning;
  }
}

type Ffi = typeof import('node:ffi');

/** Where the argument, a `size_t`, has 64 bits. */
const wideArchitectures: readonly string[] = ['x64', 'arm64'];

/** Bounds what V8 takes. Returns what ends it. */
export function boundMemory(clock: Clock): () => void {
  setFlagsFromString(`--heap-growing-percent=${oldGrowthPercent}`);
  setFlagsFromString('--external-memory-accounted-in-global-limit');
  setFlagsFromString(`--external-memory-max-growing-factor=${outsideGrowthMax}`);
  setFlagsFromString(`--memory-reducer-delay-ms=${restBeforeReducingMs}`);
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
