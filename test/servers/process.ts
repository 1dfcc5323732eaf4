/** One server process: its output in a file, ended by its own process id, never alive longer than we are. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '@millrace/testkit';
import { endsWithUs, tellWatchdog } from '../support/watchdog.ts';

/** How much of a server's output an error repeats. */
const outputMax = 4_000;
/** Below the range that systems give out by themselves: nobody's outgoing connection takes a port between a kill and a restart. */
const portMin = 15_000;
const portMax = 32_000;

export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #outputFile: string;
  readonly exited: Promise<void>;
  #running = true;

  constructor(
    command: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly outputFile: string },
  ) {
    this.#outputFile = options.outputFile;
    const output = openSync(options.outputFile, 'w');
    this.#child = endsWithUs(
      spawn(command, args, { cwd: options.cwd, detached: true, stdio: ['ignore', output, output] }),
    );
    closeSync(output);
    this.exited = new Promise((resolve) => {
      const ended = () => {
        this.#running = false;
        resolve();
      };
      this.#child.once('exit', ended);
      this.#child.once('error', ended);
    });
    this.#child.unref();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  output(): string {
    return readFileSync(this.#outputFile, 'utf8');
  }

  /** Until the output matches; throws with the output when the process ends before, or the time is over. */
  async said(pattern: RegExp, timeoutMs: number): Promise<void> {
    await waitFor(
      `the server says ${pattern.source}`,
      () => {
        if (pattern.test(this.output())) return true;
        if (!this.#running) throw new Error(`the server ended while it started:\n${this.output().slice(-outputMax)}`);
        return false;
      },
      { timeoutMs, everyMs: 50 },
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output().slice(-outputMax)}`);
    });
  }

  /** Ends it and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#running) return;
    // Otherwise a server keeps nobody alive.
    this.#child.ref();
    this.#child.kill(signal);
    await this.exited;
  }
}

/** A folder for a server's data: removed by whoever stops the server, or when this process is gone. */
export function dataFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `millrace-${name}-`));
  tellWatchdog('folder', folder);
  return folder;
}

export const removeFolder = (folder: string) =>
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });

/** Ports of the loopback that nobody listens on, all different. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = portMin + Math.floor(Math.random() * (portMax - portMin));
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
