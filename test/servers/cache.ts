/**
 * The folder where servers for tests are kept: `MILLRACE_SERVERS_DIR`, or `~/.cache/millrace-servers`. Each entry is made once, beside its place, and
 * moved there when it is whole; a name carries every version that decides what is inside, so that nothing is ever updated.
 *
 * Test workers that need the same entry at once wait for a lock file. The lock only saves work: what keeps an entry whole is the rename.
 */
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Longer than the slowest fetch seen (70 s) by far: an older lock was left behind, even if its process id lives again. */
const lockAgeMsMax = 900_000;
const lockEveryMs = 100;

const cacheFolder = () => process.env['MILLRACE_SERVERS_DIR'] ?? join(homedir(), '.cache', 'millrace-servers');

export const isCached = (name: string) => existsSync(join(cacheFolder(), name));

/** The path of the entry, made by `make` in a folder of its own if nobody has made it yet. */
export async function cached(name: string, make: (folder: string) => Promise<void>): Promise<string> {
  const place = join(cacheFolder(), name);
  if (existsSync(place)) return place;
  await mkdir(cacheFolder(), { recursive: true });
  const unlock = await lock(`${place}.lock`);
  try {
    if (existsSync(place)) return place;
    const folder = await mkdtemp(`${place}.part-`);
    try {
      await make(folder);
      renameSync(folder, place);
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      if (!existsSync(place)) throw error;
    }
    return place;
  } finally {
    unlock();
  }
}

async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      const file = openSync(path, 'wx');
      writeSync(file, `${process.pid}`);
      closeSync(file);
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned(path)) rmSync(path, { force: true });
    else await new Promise((resolve) => setTimeout(resolve, lockEveryMs));
  }
}

function isAbandoned(path: string): boolean {
  try {
    const ageMs = Date.now() - statSync(path).mtimeMs;
    if (ageMs > lockAgeMsMax) return true;
    const pid = Number(readFileSync(path, 'utf8'));
    // Between its creation and its first byte a lock is empty: that is no reason to take it.
    return pid > 0 && !isAlive(pid);
  } catch {
    return false;
  }
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
