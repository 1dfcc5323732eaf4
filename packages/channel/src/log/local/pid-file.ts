/**
 * `DATA_DIR/pid`: which process runs on a data directory, and what it serves. JSON, for people and for `stop`.
 *
 * A process id alone proves nothing: after a crash, or in a container where every process gets the same one, it may
 * belong to somebody else. So the process's start is kept with it, as the kernel counts it, with the machine's boot.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface PidRecord {
  readonly pid: number;
  /** The kernel's start time of the process and the machine's boot id; absent where there is no /proc. */
  readonly startId?: string;
  /** Device and inode of the data directory, so that a copy of a directory in use is not in use itself. */
  readonly directoryId: string;
  /** When it was written, RFC 3339. */
  readonly since: string;
  readonly command: readonly string[];
  /** What it listens on, by name (`data`, `api`). */
  readonly ports?: { readonly [name: string]: number };
}

const fileName = 'pid';

/** This process on this directory, as a record. `nowMs` is the clock's time. */
export function ownPidRecord(dataDir: string, nowMs: number, ports?: PidRecord['ports']): PidRecord {
  const startId = startIdOf(process.pid);
  return {
    pid: process.pid,
    ...(startId === undefined ? {} : { startId }),
    directoryId: directoryIdOf(dataDir),
    since: new Date(nowMs).toISOString(),
    command: [process.execPath, ...process.argv.slice(1)],
    ...(ports === undefined ? {} : { ports }),
  };
}

/** Replaces the file as a whole, so that nobody reads half of it. Throws what the file system throws. */
export function writePidFile(dataDir: string, record: PidRecord): void {
  const path = join(dataDir, fileName);
  const beside = `${path}.${record.pid}`;
  writeFileSync(beside, `${JSON.stringify(record, null, 2)}\n`);
  renameSync(beside, path);
}

/** Undefined when there is none, or when what is there is not one. */
export function readPidFile(dataDir: string): PidRecord | undefined {
  try {
    return parsePidRecord(readFileSync(join(dataDir, fileName), 'utf8'));
  } catch {
    return undefined;
  }
}

export function parsePidRecord(text: string): PidRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const record = value as Partial<PidRecord> | null;
  const pid = record?.pid;
  if (typeof pid !== 'number' || !Number.isSafeInteger(pid) || pid <= 0) return undefined;
  if (record?.startId !== undefined && typeof record.startId !== 'string') return undefined;
  if (typeof record?.directoryId !== 'string') return undefined;
  if (typeof record?.since !== 'string' || !Array.isArray(record.command)) return undefined;
  return record as PidRecord;
}

/** Removes the file when it names this process. */
export function removePidFile(dataDir: string): void {
  if (holds(dataDir, readPidFile(dataDir)) === process.pid) rmSync(join(dataDir, fileName), { force: true });
}

/** The id of the process that runs on this very directory by this record, or undefined when none does. */
export function holds(dataDir: string, record: PidRecord | undefined): number | undefined {
  if (record === undefined || record.directoryId !== directoryIdOf(dataDir)) return undefined;
  return isAlive(record) ? record.pid : undefined;
}

/** Whether the very process that wrote the record still runs, and not only one that has its id now. */
export function isAlive(record: PidRecord): boolean {
  try {
    process.kill(record.pid, 0);
  } catch (error) {
    // EPERM: it runs, under another user.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const startId = startIdOf(record.pid);
  return record.startId === undefined || startId === undefined || startId === record.startId;
}

/** In words, for a message: what runs, since when and where it listens. */
export function describePidRecord(record: PidRecord): string {
  const ports = Object.entries(record.ports ?? {}).map(([name, port]) => `${name} port ${port}`);
  const serving = ports.length > 0 ? `, serving ${ports.join(', ')}` : '';
  return `process ${record.pid} (${record.command.join(' ')}), running since ${record.since}${serving}`;
}

function directoryIdOf(dataDir: string): string {
  const { dev, ino } = statSync(dataDir);
  return `${dev}:${ino}`;
}

/** Field 22 of /proc/PID/stat: clock ticks since boot. The name in field 2 may hold spaces and parentheses. */
export function startIdOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const state = fields[0];
    const started = fields[19];
    // A zombie runs nothing any more: its record is stale although its id is still taken.
    if (started === undefined || state === 'Z' || state === 'X') return 'ended';
    return `${started}@${readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()}`;
  } catch {
    return undefined;
  }
}
