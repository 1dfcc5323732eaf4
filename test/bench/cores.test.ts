/** Cores of its own: what a process gets with them, beside what it gets without. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { waitFor } from '@millrace/testkit';
import { afterEach, expect, test } from 'vitest';
import { type OwnCores, ownCores } from '../../bench/support/cores.ts';
import { cpuMicroseconds } from '../../bench/support/usage.ts';

const children: ChildProcess[] = [];
const held: OwnCores[] = [];

afterEach(async () => {
  for (const cores of held.splice(0)) cores.release();
  for (const child of children.splice(0)) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
});

/** A process with so many threads that do nothing but count. */
async function busy(threads: number): Promise<number> {
  const work = 'for (;;);';
  const further = `for (let n = 1; n < ${threads}; n++) new (require('node:worker_threads').Worker)('${work}', { eval: true });`;
  const child = spawn(process.execPath, ['-e', `${further} setTimeout(() => { ${work} }, 500);`], { stdio: 'ignore' });
  children.push(child);
  const pid = child.pid ?? 0;
  await waitFor('all threads count', () => cpuMicroseconds(pid) > 1_000_000, { timeoutMs: 30_000 });
  return pid;
}

/** What it used meanwhile, as a part of one core. */
async function share(pid: number): Promise<number> {
  const [startMs, before] = [performance.now(), cpuMicroseconds(pid)];
  await waitFor('a second is over', () => performance.now() - startMs > 1_000);
  return (cpuMicroseconds(pid) - before) / 1000 / (performance.now() - startMs);
}

test('no thread gets more than half a core, all of them no more than a half for each core, and O2: afterwards no group is left', async (context) => {
  const pid = await busy(3);
  const cores = ownCores(pid, 2);
  if (!cores) return context.skip('control groups of version 1 that may be written are not to be had here');
  held.push(cores);
  // Three threads that each could have a half, of two halves. The kernel looks at it in steps: a tenth more is within them.
  expect(await share(pid)).toBeLessThan(1.1);
  cores.release();
  expect(existsSync(`/sys/fs/cgroup/cpu/bench-${pid}`)).toBe(false);
  const single = await busy(1);
  held.push(ownCores(single, 2) as OwnCores);
  expect(await share(single)).toBeLessThan(0.6);
});

test('more cores than the machine has are not to be had', () => {
  expect(ownCores(process.pid, availableParallelism() + 1)).toBeUndefined();
});
