/**
 * The data directory of one process: events, dead letters, objects, and who runs on it.
 *
 * D1. One process at a time: a second one is told who has it, and may take over when asked to.
 * D2. With the memory log only events are not kept: objects and the pid file are there all the same.
 * D3. Wherever logs live, dead letters and objects are kept here.
 */
import { mkdirSync } from 'node:fs';
import type { InstallationLog } from '@millrace/api';
import {
  type DeadLetterStore,
  describePidRecord,
  holds,
  isAlive,
  type LogStore,
  MemoryDeadLetters,
  MemoryLogStore,
  openLocalStore,
  ownPidRecord,
  readPidFile,
  removePidFile,
  writePidFile,
} from '@millrace/channel';
import type { Clock } from '@millrace/runtime';
import { failed, timedOut } from '../exit.ts';
import type { ServerPorts } from './effects.ts';

export interface DataDirectoryOptions {
  readonly dataDir: string;
  readonly log: InstallationLog;
  readonly takeOver: boolean;
  /** Asks a person whether to end the process that has the directory; absent where nobody can be asked. */
  readonly askTakeOver?: (holder: string) => Promise<boolean>;
}

export interface DataDirectory {
  /** Logs of the data directory; with the memory log, logs in memory. */
  readonly logs: LogStore;
  readonly deadLetters: DeadLetterStore;
  /** Writes down what is served, for client commands. */
  announce(ports: { readonly data: number; readonly api: number }): void;
  close(): Promise<void>;
}

/** How long another process gets to drain when it is taken over: its own limit, and some. */
const takeOverMsMax = 30_000;
const probeMs = 50;

export async function openDataDirectory(options: DataDirectoryOptions, ports: ServerPorts): Promise<DataDirectory> {
  await endHolder(options, ports.clock);
  const stores =
    options.log.kind === 'memory' ? openMemory(options.dataDir, ports) : await openLocal(options.dataDir, ports);
  return {
    ...stores,
    announce: (listening) => writePidFile(options.dataDir, ownPidRecord(options.dataDir, ports.clock.now(), listening)),
    async close() {
      await stores.deadLetters.close();
      await stores.logs.close();
      removePidFile(options.dataDir);
    },
  };
}

async function openLocal(
  dataDir: string,
  { clock, logger }: ServerPorts,
): Promise<Pick<DataDirectory, 'logs' | 'deadLetters'>> {
  const outcome = await openLocalStore(dataDir, { clock, logger });
  if (outcome.kind === 'error') throw failed(outcome.message);
  return { logs: outcome.store, deadLetters: outcome.store.deadLetters };
}

function openMemory(dataDir: string, { clock, random }: ServerPorts): Pick<DataDirectory, 'logs' | 'deadLetters'> {
  mkdirSync(dataDir, { recursive: true });
  writePidFile(dataDir, ownPidRecord(dataDir, clock.now()));
  return { logs: new MemoryLogStore({ clock, random }), deadLetters: new MemoryDeadLetters() };
}

/** D1: ends the process that has the directory, if somebody says so. */
async function endHolder(options: DataDirectoryOptions, clock: Clock): Promise<void> {
  const holder = readPidFile(options.dataDir);
  const pid = holds(options.dataDir, holder);
  if (!holder || pid === undefined || pid === process.pid) return;
  const who = describePidRecord(holder);
  const agreed = options.takeOver || ((await options.askTakeOver?.(who)) ?? false);
  if (!agreed)
    throw failed(
      `${options.dataDir} is in use by ${who}`,
      'End it with `millrace stop`, start with --take-over, or name another --data-dir.',
    );
  process.kill(pid, 'SIGTERM');
  const startMs = clock.monotonic();
  while (isAlive(holder)) {
    if (clock.monotonic() - startMs > takeOverMsMax) throw timedOut(`process ${holder.pid} is still ending: try again`);
    await new Promise<void>((resolve) => clock.setTimer(probeMs, resolve, { ref: true }));
  }
}
