/** The server of a data directory, as its pid file tells: for client commands and for `stop`. */
import { holds, isAlive, readPidFile } from '@millrace/channel';

export interface ServerFile {
  readonly pid: number;
  /** Absent between its start and its first listener. */
  readonly apiUrl?: string;
  readonly isAlive: () => boolean;
}

/** Undefined when no process is named there, or when the one that is has ended. */
export function readServerFile(dataDir: string): ServerFile | undefined {
  const record = readPidFile(dataDir);
  if (!record || holds(dataDir, record) === undefined) return undefined;
  const port = record.ports?.['api'];
  return {
    pid: record.pid,
    ...(port === undefined ? {} : { apiUrl: `http://localhost:${port}` }),
    isAlive: () => isAlive(record),
  };
}

export const isRunning = (file: ServerFile) => file.isAlive();
