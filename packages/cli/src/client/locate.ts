/**
 * How a client command finds the server: `--server URL`, then `--api-port`, then the pid file of the data directory.
 */
import { join, resolve } from 'node:path';
import { absent, usageError } from '../exit.ts';
import type { Io } from '../terminal/io.ts';

export interface LocateFlags {
  readonly server?: string;
  readonly apiPort?: string;
  readonly dataDir?: string;
}

const defaultDataDir = '.millrace';

export interface Located {
  readonly apiUrl: string;
  /** How it was found, for messages: a flag or the file that named it. */
  readonly by: string;
}

export function dataDirOf(flags: LocateFlags, io: Io): string {
  return resolve(io.cwd, flags.dataDir ?? io.env['MILLRACE_DATA_DIR'] ?? defaultDataDir);
}

export async function locateServer(flags: LocateFlags, io: Io): Promise<Located> {
  if (flags.server !== undefined) {
    if (!/^https?:\/\/[^/]/.test(flags.server))
      throw usageError(`--server ${flags.server} is not an http URL`, 'Example: --server http://localhost:8001');
    return { apiUrl: flags.server.replace(/\/+$/, ''), by: '--server' };
  }
  if (flags.apiPort !== undefined) {
    return { apiUrl: `http://localhost:${portOf(flags.apiPort, '--api-port')}`, by: '--api-port' };
  }
  const dataDir = dataDirOf(flags, io);
  // Not needed by who names the server, and the log's package is a large one.
  const { readServerFile } = await import('../server/server-file.ts');
  const file = readServerFile(dataDir);
  if (!file?.apiUrl) {
    throw absent(
      `no millrace runs on ${dataDir}`,
      'Start one with `millrace dev -f <folder>`, or name another with --server, --api-port or --data-dir.',
    );
  }
  return { apiUrl: file.apiUrl, by: join(dataDir, 'pid') };
}

/** A port number from a flag. */
export function portOf(value: string, flag: string): number {
  const port = Number(value);
  if (!/^\d{1,5}$/.test(value) || port > 65_535)
    throw usageError(`${flag} ${value} is not a port`, 'A port is a number from 0 to 65535.');
  return port;
}
