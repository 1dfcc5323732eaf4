/**
 * One consumer as a process of its own: started by its command with `PORT`, watched until it listens, ended with its
 * whole process group, so that a shell in between leaves nothing behind.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { ConsumerCommand } from '@millrace/api';
import type { Clock } from '@millrace/runtime';
import { endGroup, signalGroup } from './group.ts';
import type { RunningConsumer } from './runner.ts';

/** How long a child may take to listen before its object says that it does not. It goes on being watched. */
const listenMsMax = 30_000;
const listenProbeMs = 50;
/** Between SIGTERM and SIGKILL. */
const endMsMax = 5_000;

export interface ChildOptions {
  readonly command: ConsumerCommand;
  readonly cwd: string;
  readonly port?: number;
  readonly env: Readonly<Record<string, string>>;
  readonly clock: Clock;
  line(text: string): void;
  up(url: string): void;
  late(reason: string): void;
}

export type RunningChild = RunningConsumer & { readonly pid?: number };

export async function startChild(options: ChildOptions): Promise<RunningChild> {
  const port = options.port ?? (await freePort());
  // `node` in a command is the Node that runs us, whatever else the machine has.
  const path = `${dirname(process.execPath)}${delimiter}${process.env['PATH'] ?? ''}`;
  const { command } = options;
  const [program, args, shell] =
    command.kind === 'shell' ? [command.line, [], true] : [command.words[0], command.words.slice(1), false];
  const child = spawn(program, args, {
    shell,
    cwd: options.cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env, PATH: path, PORT: String(port) },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream) createInterface({ input: stream, crlfDelay: Number.POSITIVE_INFINITY }).on('line', options.line);
  }
  const ended = endOf(child).then(async (how) => {
    await endGroup(child.pid, endMsMax, options.clock);
    return how;
  });
  void watchUntilListening(options, port, child);
  return {
    ...(child.pid === undefined ? {} : { pid: child.pid }),
    ended,
    stop: () => stopChild(child, ended, options.clock),
  };
}

/** How it ended, in words. Resolves once; a command that cannot be started ends at once. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(`cannot be started: ${error.message}`));
    child.once('exit', (code, signal) => resolve(signal ? `was ended by ${signal}` : `ended with code ${code}`));
  });
}

async function watchUntilListening(options: ChildOptions, port: number, child: ChildProcess): Promise<void> {
  const startMs = options.clock.monotonic();
  let told = false;
  while (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
    if (await accepts(port)) return options.up(`http://127.0.0.1:${port}/`);
    if (!told && options.clock.monotonic() - startMs > listenMsMax) {
      told = true;
      options.late(`its command runs but does not listen on PORT ${port}`);
    }
    await new Promise<void>((resolve) => options.clock.setTimer(listenProbeMs, resolve));
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}

async function stopChild(child: ChildProcess, ended: Promise<string>, clock: Clock): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) signalGroup(child.pid, 'SIGTERM');
  const timer = clock.setTimer(endMsMax, () => signalGroup(child.pid, 'SIGKILL'), { ref: true });
  await ended;
  timer.cancel();
}

/** A port that was free a moment ago. When somebody takes it in between, the child ends and is started again. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
