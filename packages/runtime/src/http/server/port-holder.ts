/**
 * Who holds a TCP port: best effort, for an error message. On Linux the kernel lists listening sockets by inode, and
 * each process its open files; elsewhere nothing is known.
 */
import { readdir, readFile, readlink } from 'node:fs/promises';

export interface PortHolder {
  readonly pid: number;
  readonly name: string;
}

const LISTEN = '0A';
/** Processes looked at, at most: a message may not take seconds. */
const PROCESSES_MAX = 2_000;

export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const inodes = new Set([
    ...(await listeningInodes('/proc/net/tcp', port)),
    ...(await listeningInodes('/proc/net/tcp6', port)),
  ]);
  if (inodes.size === 0) return undefined;
  const entries = await readdir('/proc').catch(() => []);
  for (const pid of entries.filter((name) => /^\d+$/.test(name)).slice(0, PROCESSES_MAX)) {
    if (!(await holdsSocket(pid, inodes))) continue;
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '');
    return { pid: Number(pid), name: name.trim() };
  }
  return undefined;
}

/** Lines are `sl local_address rem_address st … inode …`; the address is `HEX:PORT`. */
async function listeningInodes(file: string, port: number): Promise<string[]> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const text = await readFile(file, 'utf8').catch(() => '');
  const inodes: string[] = [];
  for (const line of text.split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const inode = fields[9];
    if (fields[3] === LISTEN && fields[1]?.endsWith(wanted) && inode !== undefined) inodes.push(`socket:[${inode}]`);
  }
  return inodes;
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  // A process of another user, or one that just ended, cannot be read: it is passed over.
  const files = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const file of files) {
    const link = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
    if (inodes.has(link)) return true;
  }
  return false;
}
