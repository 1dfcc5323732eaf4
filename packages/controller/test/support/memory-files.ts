/** Files in memory, for what reads manifests. */
import type { FileReader } from '../../src/manifests/reader.ts';

export class MemoryFiles implements FileReader {
  readonly files = new Map<string, string | Uint8Array>();

  constructor(files: Readonly<Record<string, string | Uint8Array>> = {}) {
    for (const [path, content] of Object.entries(files)) this.files.set(path, content);
  }

  async info(path: string) {
    const content = this.files.get(path);
    if (content !== undefined) return { kind: 'file' as const, bytes: Buffer.byteLength(content) };
    const isFolder = [...this.files.keys()].some((other) => other.startsWith(`${path}/`));
    return isFolder ? { kind: 'folder' as const, bytes: 0 } : undefined;
  }

  async list(path: string) {
    const inside = [...this.files.keys()].filter((other) => other.startsWith(`${path}/`));
    return [...new Set(inside.map((other) => other.slice(path.length + 1).split('/')[0] ?? ''))].sort();
  }

  async read(path: string) {
    const content = this.files.get(path);
    if (content === undefined) throw new Error(`no file ${path}`);
    return Buffer.from(content);
  }
}
