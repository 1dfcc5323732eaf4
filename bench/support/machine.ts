/** What figures are worth nothing without: when, of what, on which machine. */
import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export interface Machine {
  readonly at: string;
  readonly commit: string;
  readonly node: string;
  readonly processors: string;
  /** Processes that wanted to run in the minute before: not ours yet. */
  readonly load: number;
  readonly memoryMiB: number;
}

export function machine(): Machine {
  return {
    at: new Date().toISOString(),
    commit: commit(),
    node: process.version,
    processors: `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown'}`,
    load: loadavg()[0] ?? 0,
    memoryMiB: Math.round(totalmem() / 1_048_576),
  };
}

/** Whether somebody else wants the processors: figures of time would be theirs too. */
export function isBusy({ load }: Machine): boolean {
  return load > availableParallelism() / 2;
}

function commit(): string {
  try {
    return execFileSync('git', ['describe', '--always', '--dirty'], {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return 'unknown';
  }
}
