/** An empty folder into which the packed packages are installed, and the commands a person runs in it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { type Packed, plainEnv } from './packed.ts';

/** Third-party packages come from the registry or the cache. */
const installMsMax = 240_000;
const commandMsMax = 60_000;
const readyMsMax = 60_000;

const run = promisify(execFile);

export class Installed {
  readonly folder: string;
  readonly #env: NodeJS.ProcessEnv;

  constructor(folder: string) {
    this.folder = folder;
    // npm of the machine, but on the Node that runs these tests: published packages want 24 or later.
    this.#env = { ...plainEnv(), PATH: `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}` };
  }

  async install(packages: readonly Packed[]): Promise<void> {
    writeFileSync(join(this.folder, 'package.json'), '{ "name": "shop", "private": true, "type": "module" }\n');
    await this.#run(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages.map((one) => one.tarball)],
      installMsMax,
    );
  }

  npx(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
    return this.#run('npx', ['--no-install', ...args], commandMsMax);
  }

  node(...args: readonly string[]): Promise<{ readonly stdout: string; readonly stderr: string }> {
    return this.#run('node', args, commandMsMax);
  }

  /** Starts plain `npx millrace dev` and waits for its ready line. */
  async dev(...args: readonly string[]): Promise<Running> {
    const child = spawn('npx', ['--no-install', 'millrace', 'dev', ...args], {
      cwd: this.folder,
      env: this.#env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return { child, ...(await readyOf(child)) };
  }

  #run(command: string, args: readonly string[], timeout: number) {
    return run(command, [...args], { cwd: this.folder, env: this.#env, timeout, maxBuffer: 16 * 1_048_576 });
  }
}

export interface Running {
  /** npx, not the server. */
  readonly child: ChildProcess;
  readonly dataUrl: string;
  readonly apiUrl: string;
  readonly pid: number;
}

function readyOf(child: ChildProcess): Promise<Omit<Running, 'child'>> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    const fail = (why: string) => reject(new Error(`npx millrace dev ${why}:\n${stderr}`));
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      fail(`is not ready after ${readyMsMax} ms`);
    }, readyMsMax);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      const match = /^millrace: ready data=(\S+) api=(\S+) pid=(\d+)/m.exec(stderr);
      if (!match) return;
      clearTimeout(timer);
      resolve({ dataUrl: match[1] ?? '', apiUrl: match[2] ?? '', pid: Number(match[3]) });
    });
    child.once('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`ended with ${signal ?? code}`);
    });
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
