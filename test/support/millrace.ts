/** The real `millrace` process, as a person or a script would start it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './tree.ts';
import { endsWithUs, tellWatchdog } from './watchdog.ts';

const entry = join(root, 'packages', 'cli', 'bin', 'millrace.mjs');
/** A start takes well under two seconds; a loaded machine gets more. */
const readyMsMax = 30_000;
const commandMsMax = 60_000;

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/** Runs one command to its end. */
export function millrace(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
  const child = spawnMillrace(args, options);
  const output = collect(child);
  child.stdin?.end(options.input ?? '');
  const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? commandMsMax);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout: output.stdout(), stderr: output.stderr() });
    });
  });
}

export interface Server {
  readonly pid: number;
  readonly dataUrl: string;
  readonly apiUrl: string;
  readonly dataDir: string;
  stdout(): string;
  stderr(): string;
  kill(signal: NodeJS.Signals): void;
  readonly exited: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** A client command against this server. */
  run(args: readonly string[], options?: CommandOptions): Promise<Finished>;
}

/** Starts `millrace dev` on ports of its own choosing and waits for the ready line. */
export async function startServer(
  args: readonly string[],
  dataDir: string,
  options: CommandOptions = {},
): Promise<Server> {
  const child = spawnMillrace(['dev', '--port', '0', '--api-port', '0', '--data-dir', dataDir, ...args], options);
  const output = collect(child);
  child.stdin?.end();
  const exited = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  const ready = await untilReady(child, output.stderr);
  return {
    ...ready,
    dataDir,
    ...output,
    exited,
    kill: (signal) => void child.kill(signal),
    run: (more, runOptions) => millrace([...more, '--data-dir', dataDir], runOptions),
  };
}

/** A folder that is gone after the test, or when we are. */
export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  tellWatchdog('folder', path);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

function spawnMillrace(args: readonly string[], options: CommandOptions): ChildProcess {
  const env = { ...process.env, NO_COLOR: '1', ...options.env };
  // The test runner's own settings are not the user's.
  for (const name of ['FORCE_COLOR', 'NODE_OPTIONS', 'VITEST', 'NODE_ENV'])
    if (!(name in (options.env ?? {}))) delete (env as NodeJS.ProcessEnv)[name];
  const cwd = options.cwd ?? root;
  return endsWithUs(spawn(process.execPath, ['--conditions=source', entry, ...args], { cwd, env, stdio: 'pipe' }));
}

function collect(child: ChildProcess): { stdout(): string; stderr(): string } {
  const stdout: string[] = [];
  const stderr: string[] = [];
  child.stdout?.setEncoding('utf8').on('data', (text: string) => stdout.push(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
  return { stdout: () => stdout.join(''), stderr: () => stderr.join('') };
}

function untilReady(
  child: ChildProcess,
  stderr: () => string,
): Promise<{ pid: number; dataUrl: string; apiUrl: string }> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      clearTimeout(timer);
      reject(new Error(`millrace dev ${why}:\n${stderr()}`));
    };
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`is not ready after ${readyMsMax} ms`);
    }, readyMsMax);
    const look = () => {
      const match = /^millrace: ready data=(\S+) api=(\S+) pid=(\d+)/m.exec(stderr());
      if (!match) return;
      clearTimeout(timer);
      child.off('exit', onExit);
      resolve({ dataUrl: match[1] ?? '', apiUrl: match[2] ?? '', pid: Number(match[3]) });
    };
    const onExit = (code: number | null, signal: string | null) => fail(`ended with ${signal ?? code}`);
    child.stderr?.on('data', look);
    child.once('exit', onExit);
  });
}
