/** What a process has used, as the kernel accounts for it. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Microseconds in a clock tick: `getconf CLK_TCK` is 100 on every Linux that Node runs on. */
const TICK_MICROSECONDS = 10_000;

/** CPU time, user and system, of a process and its threads so far, in microseconds; steps of 10 ms. Linux only. */
export function cpuMicroseconds(pid: number): number {
  // The name of the program stands in brackets and may hold blanks: fields are counted from behind it.
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}

export interface Memory {
  readonly residentBytes: number;
  /** Most that has been resident since the start, or since it was forgotten. */
  readonly peakBytes: number;
  /** The part of it that no file is behind: heap, buffers, stacks. */
  readonly anonymousBytes: number;
  /** The part of it that are pages of files: Node itself, libraries, and what was read of a mapped log. */
  readonly fileBytes: number;
}

/** Linux only. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return {
    residentBytes: kibibytes('VmRSS') * 1024,
    peakBytes: kibibytes('VmHWM') * 1024,
    anonymousBytes: kibibytes('RssAnon') * 1024,
    fileBytes: kibibytes('RssFile') * 1024,
  };
}

/** From now on `peakBytes` is the most since now. Linux only. */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Resident memory on every system that has `ps`. */
export function residentBytes(pid: number): number {
  if (process.platform === 'linux') return memoryOf(pid).residentBytes;
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) * 1024;
}

export interface ThreadUsage {
  /** As the kernel names it; the main thread is `main`. */
  readonly name: string;
  readonly cpuMicroseconds: number;
}

/** CPU time of each thread that is there now, by thread id. Linux only. */
export function threadsOf(pid: number): ReadonlyMap<number, ThreadUsage> {
  const threads = new Map<number, ThreadUsage>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    const stat = taskStat(pid, id);
    const found = /^\d+ \((.*)\) (.*)$/s.exec(stat);
    if (!found) continue;
    const fields = (found[2] ?? '').split(' ');
    threads.set(Number(id), {
      name: Number(id) === pid ? 'main' : (found[1] ?? ''),
      cpuMicroseconds: (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS,
    });
  }
  return threads;
}

/** Empty where the thread has ended meanwhile. */
function taskStat(pid: number, id: string): string {
  try {
    return readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
  } catch {
    return '';
  }
}

/** What each kind of thread used between two looks, by name; threads that ended meanwhile are not in it. */
export function threadsBetween(
  before: ReadonlyMap<number, ThreadUsage>,
  after: ReadonlyMap<number, ThreadUsage>,
): Readonly<Record<string, number>> {
  const used: Record<string, number> = {};
  for (const [id, { name, cpuMicroseconds }] of after)
    used[name] = (used[name] ?? 0) + cpuMicroseconds - (before.get(id)?.cpuMicroseconds ?? 0);
  return used;
}

interface MemoryPeak {
  readonly resident: number;
  readonly anonymous: number;
  /** Pages of files that came in since the watch began: the log's, which the kernel may drop whenever it likes. */
  readonly mapped: number;
}

export interface MemoryWatch {
  stop(): MemoryPeak;
}

/** The most memory that was in use, looked at every half second; the peak of the kernel's own account counts too. */
export function watchMemory(pid: number): MemoryWatch {
  const peak = { resident: 0, anonymous: 0, mapped: 0 };
  const filesAtStart = memoryOf(pid).fileBytes;
  const timer = setInterval(() => {
    try {
      const memory = memoryOf(pid);
      peak.resident = Math.max(peak.resident, memory.residentBytes, memory.peakBytes);
      peak.anonymous = Math.max(peak.anonymous, memory.anonymousBytes);
      peak.mapped = Math.max(peak.mapped, memory.fileBytes - filesAtStart);
    } catch {
      clearInterval(timer); // The process is gone: whoever waits for it says so.
    }
  }, 500);
  return {
    stop() {
      clearInterval(timer);
      return { ...peak };
    },
  };
}
