/** The real process with a manifest file and a data directory of its own, and its end. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommandOptions, type Server, startServer, temporaryFolder } from '../../test/support/millrace.ts';
import { replaceFile } from './replace.ts';

export interface SystemOptions {
  /** As `--log` takes it. */
  readonly log?: string;
  readonly env?: CommandOptions['env'];
  /** Further flags of `millrace dev`. */
  readonly flags?: readonly string[];
}

export interface System {
  readonly server: Server;
  readonly pid: number;
  /** Where events of the broker `default` go. */
  readonly url: string;
  /** Changes the manifest file, which the process watches. */
  apply(manifest: string): void;
  /** Ends the process at once; its data stay. */
  kill(): Promise<void>;
  /** Ends the process, at once unless told otherwise, keeps its data, and starts it again: gives how long that took to be ready. */
  restart(signal?: 'SIGKILL' | 'SIGTERM'): Promise<number>;
  stop(): Promise<void>;
}

export async function startSystem(manifest: string, options: SystemOptions = {}): Promise<System> {
  const folder = temporaryFolder();
  const file = join(folder.path, 'manifest.yaml');
  const flags = ['-f', file, '--quiet', '--log', options.log ?? 'local', ...(options.flags ?? [])];
  const start = () => startServer(flags, join(folder.path, 'data'), options.env ? { env: options.env } : {});
  const end = async (server: Server, signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL') => {
    server.kill(signal);
    await server.exited;
  };
  writeFileSync(file, manifest);
  let server: Server;
  try {
    server = await start();
  } catch (error) {
    folder.remove();
    throw error;
  }
  return {
    get server() {
      return server;
    },
    get pid() {
      return server.pid;
    },
    get url() {
      return `${server.dataUrl}/default/default`;
    },
    apply: (changed) => replaceFile(file, changed),
    kill: () => end(server),
    async restart(signal) {
      await end(server, signal);
      const startMs = performance.now();
      server = await start();
      return performance.now() - startMs;
    },
    async stop() {
      await end(server);
      folder.remove();
    },
  };
}

/** Runs `work` with what `start` gave, and ends that whatever happens. */
export async function using<T extends { stop(): Promise<void> }, R>(
  start: Promise<T>,
  work: (thing: T) => Promise<R>,
): Promise<R> {
  const thing = await start;
  try {
    return await work(thing);
  } finally {
    await thing.stop();
  }
}
