/** Our real processes in a fault test, killed and started again as the test wants. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Server, startServer, temporaryFolder } from '../../support/millrace.ts';

export class OurProcess {
  readonly #folder = temporaryFolder();
  readonly #args: readonly string[];
  #server: Server | undefined;
  #saidBefore = '';

  constructor(log: string, manifest: string) {
    const file = join(this.#folder.path, 'manifest.yaml');
    writeFileSync(file, manifest);
    this.#args = ['-f', file, '--log', log, '--quiet'];
  }

  /** Where its ingress is; none while it is down. */
  get targets(): readonly string[] {
    return this.#server ? [this.#server.dataUrl] : [];
  }

  async start(): Promise<void> {
    this.#server = await startServer(this.#args, this.#dataDir);
  }

  /** `SIGKILL` as a crash, `SIGTERM` as an orderly end. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = undefined;
    server.kill(signal);
    await server.exited;
    this.#saidBefore += server.stderr();
  }

  /** Takes over the objects of another one that has ended: both are then processes of one installation, with the same UIDs. */
  adopt(other: OurProcess): void {
    cpSync(other.#dataDir, this.#dataDir, { recursive: true });
  }

  /** What it said on standard error, for a test that failed. */
  said(): string {
    return this.#saidBefore + (this.#server?.stderr() ?? '');
  }

  async remove(): Promise<void> {
    await this.end('SIGKILL');
    this.#folder.remove();
  }

  get #dataDir(): string {
    return join(this.#folder.path, 'data');
  }
}
