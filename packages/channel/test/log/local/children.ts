/** Starts `child.ts` and reads what it prints. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@millrace/testkit';

const script = fileURLToPath(new URL('./child.ts', import.meta.url));

export interface Child {
  readonly process: ChildProcess;
  /** Whole lines printed so far. */
  lines(): readonly string[];
  errors(): string;
  printed(line: RegExp): Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
  ended(): Promise<number | null>;
}

export interface ChildOptions {
  /** User to run as. */
  readonly uid?: number;
  /** Largest file it may write, in blocks of 1,024 bytes. */
  readonly fileBlocks?: number;
}

export function startChild(directory: string, task: string, options: ChildOptions = {}): Child {
  const node = [process.execPath, '--conditions=source', script, directory, task];
  const limited = ['bash', '-c', `ulimit -f ${options.fileBlocks}; exec "$0" "$@"`, ...node];
  const [command, ...args] = options.fileBlocks === undefined ? node : limited;
  const user = options.uid === undefined ? {} : { uid: options.uid, gid: options.uid };
  const child = spawn(command as string, args, { stdio: ['ignore', 'pipe', 'pipe'], ...user });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const ended = once(child, 'close') as Promise<[number | null]>;
  const lines = () => output.split('\n').slice(0, -1);
  return {
    process: child,
    lines,
    errors: () => errors,
    printed: (line) =>
      waitFor(`the child prints ${line}; it said: ${errors}`, () => lines().find((one) => line.test(one))),
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
    ended: async () => (await ended)[0],
  };
}
