/** Flags that several commands share, with the same words. */
import type { Command } from 'commander';
import { ApiClient } from '../client/api.ts';
import { type LocateFlags, locateServer } from '../client/locate.ts';
import { usageError } from '../exit.ts';
import type { Io } from '../terminal/io.ts';
import { parseShortDuration } from '../terminal/text.ts';

/** Adds the flags by which a client command finds the server. */
export function addServerFlags(command: Command): Command {
  return command
    .option('--server <url>', 'API address of the server, e.g. http://localhost:8001')
    .option('--api-port <port>', 'API port of a server on this machine')
    .option('--data-dir <dir>', 'data directory of a server on this machine (default: .millrace)');
}

export function addNamespaceFlag(command: Command): Command {
  return command.option('-n, --namespace <namespace>', 'namespace', 'default');
}

export async function clientOf(flags: LocateFlags, io: Io): Promise<ApiClient> {
  return new ApiClient(await locateServer(flags, io));
}

export function durationFlag(value: string, flag: string): number {
  const ms = parseShortDuration(value);
  if (ms === undefined) throw usageError(`${flag} ${value} is not a duration`, 'Examples: 500ms, 30s, 5m.');
  return ms;
}

export function countFlag(value: string, flag: string, min: number, max: number): number {
  const count = Number(value);
  if (!/^\d+$/.test(value) || count < min || count > max) {
    throw usageError(`${flag} ${value} is not a whole number from ${min} to ${max}`);
  }
  return count;
}

/** Collects a flag that may be given more than once. */
export const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];
