/**
 * Cores of its own for a process whose generator and sink share the machine with it: none of its threads gets more than
 * a half of a core, and all of them together no more than one half for each core it shall have. To the process these
 * are so many cores of half the speed that nobody else uses; the other halves are left to generator and sink.
 *
 * Held to it by Linux control groups (version 1, `cpu`), which only root may make: elsewhere there are none to be had.
 *
 * O1. A thread has a group of its own within that of the process. One that starts later is counted with the thread that
 *     started it, which then gets less than it should and never more: ask when all threads have started.
 * O2. When it is over, threads are where they were and no group is left.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

export interface OwnCores {
  /** O2. */
  release(): void;
}

const mountPath = '/sys/fs/cgroup/cpu';
const prefix = 'bench-';
/** A thread that has used its half waits for as long again. As short as may be: the kernel gives no less than 1 ms at a time. */
const PERIOD_MICROSECONDS = 2_000;
const SHARE = 0.5;

/** `undefined` where there are none to be had. Throws where the process is not there. */
export function ownCores(pid: number, cores: number): OwnCores | undefined {
  const home = homeGroup();
  if (!home || availableParallelism() < cores) return undefined;
  sweep(home);
  const path = join(home, `${prefix}${pid}`);
  const groups: string[] = [];
  const make = (group: string, share: number) => {
    mkdirSync(group);
    groups.unshift(group);
    writeFileSync(join(group, 'cpu.cfs_period_us'), String(PERIOD_MICROSECONDS));
    writeFileSync(join(group, 'cpu.cfs_quota_us'), String(share * PERIOD_MICROSECONDS));
  };
  const release = () => {
    for (const group of groups) {
      for (const thread of membersOf(group)) move(thread, home);
      rmdirSync(group);
    }
    groups.length = 0;
  };
  try {
    make(path, cores * SHARE);
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      make(join(path, thread), SHARE);
      move(thread, join(path, thread));
    }
  } catch (error) {
    release();
    if (isRefusal(error)) return undefined;
    throw error;
  }
  return { release };
}

/** The group that we are in ourselves. */
function homeGroup(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const name = /^\d+:(?:[^:]*,)?cpu(?:,[^:]*)?:(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1];
  if (name === undefined) return undefined;
  const path = join(mountPath, name);
  return existsSync(join(path, 'tasks')) ? path : undefined;
}

/** Groups of processes that are gone: whoever made them was killed. */
function sweep(home: string): void {
  for (const name of readdirSync(home)) {
    if (!name.startsWith(prefix) || existsSync(`/proc/${name.slice(prefix.length)}`)) continue;
    const path = join(home, name);
    for (const inner of readdirSync(path, { withFileTypes: true }))
      if (inner.isDirectory()) rmdirSync(join(path, inner.name));
    rmdirSync(path);
  }
}

function membersOf(group: string): readonly string[] {
  return readFileSync(join(group, 'tasks'), 'utf8').split('\n').filter(Boolean);
}

/** A thread that has ended meanwhile needs no place. */
function move(thread: string, group: string): void {
  try {
    writeFileSync(join(group, 'tasks'), thread);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException).code ?? '');
}
