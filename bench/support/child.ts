/** Programs of the benchmark as processes of their own: started, told from their first line, ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { endsWithUs } from '../../test/support/watchdog.ts';

const startMsMax = 10_000;

export interface Child {
  readonly pid: number;
  /** Lines of its stdout, parsed as JSON, in order. Rejects when it ends before the line comes. */
  line(timeoutMs: number): Promise<unknown>;
  stop(): Promise<void>;
}

/** Starts a TypeScript file with one argument, given as JSON. What it writes to stderr goes to ours. */
export function startProgram(path: string, options: unknown, nodeFlags: readonly string[] = []): Child {
  const child = endsWithUs(
    spawn(process.execPath, ['--conditions=source', ...nodeFlags, path, JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
  // What it says of its inspector is of no use to anyone.
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      if (!/^(Debugger |For help, see)/.test(line)) process.stderr.write(`${line}\n`);
    });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const lines = linesOf(child, path);
  return {
    pid: child.pid ?? 0,
    line: lines,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

export interface Listener extends Child {
  readonly url: string;
  /** Where it is told what to do, when that is another port. */
  readonly controlUrl: string;
}

/** Starts a program that says `{"url": …}` once it listens. */
export async function startListener(
  path: string,
  options: unknown,
  nodeFlags: readonly string[] = [],
): Promise<Listener> {
  const child = startProgram(path, options, nodeFlags);
  try {
    const { url, controlUrl = url } = (await child.line(startMsMax)) as { url: string; controlUrl?: string };
    return { ...child, url, controlUrl };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

function linesOf(child: ChildProcess, name: string): (timeoutMs: number) => Promise<unknown> {
  const came: string[] = [];
  let wake = () => {};
  let over: Error | undefined;
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      came.push(line);
      wake();
    });
  const end = (why: string) => {
    over = new Error(`${name} ${why}`);
    wake();
  };
  child.once('error', (error) => end(error.message));
  child.once('close', (code, signal) => end(`ended with ${signal ?? code}`));
  return async (timeoutMs) => {
    const untilMs = performance.now() + timeoutMs;
    for (;;) {
      const line = came.shift();
      if (line !== undefined) return JSON.parse(line);
      if (over) throw over;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) throw new Error(`${name} said nothing for ${timeoutMs} ms`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
}
