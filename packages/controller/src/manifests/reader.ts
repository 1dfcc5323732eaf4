/** Files as a port: what reading manifests needs of a file system, so that tests and editors can stand in for it. */
import { readdir, readFile, stat } from 'node:fs/promises';

export interface FileInfo {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  /** When its content was written last, in milliseconds; only compared. Absent where nobody knows. */
  readonly modifiedMs?: number;
}

/** Paths are given as they came from the user, with `/` between folder and name. */
export interface FileReader {
  /** Undefined when there is nothing. Throws for what cannot be looked at. */
  info(path: string): Promise<FileInfo | undefined>;
  /** Names in a folder, sorted. */
  list(path: string): Promise<readonly string[]>;
  read(path: string): Promise<Uint8Array>;
}

export const nodeFileReader: FileReader = {
  async info(path) {
    try {
      const found = await stat(path);
      const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other';
      return { kind, bytes: found.size, modifiedMs: found.mtimeMs };
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  },
  list: async (path) => (await readdir(path)).sort(),
  read: (path) => readFile(path),
};
