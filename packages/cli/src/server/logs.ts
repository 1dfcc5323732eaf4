/**
 * All logs of one process: each is opened where its backing says.
 *
 * E1. Clients of servers are loaded when the first log on one is opened: whoever uses none pays nothing for them.
 * E2. A log whose backing is another one than before is closed where it was.
 * E3. Only what this process keeps itself (data directory, memory) is listed and removed here. Topics and streams belong to
 *     the control plane (`LogAdmin`).
 */
import type { InstallationLog, LogAdmin, LogAdminOutcome, LogBacking } from '@millrace/api';
import { type EventLog, type LogStore, MemoryLogStore, type Retention } from '@millrace/channel';
import type { ServerPorts } from './effects.ts';

interface Opened {
  readonly store: LogStore;
  readonly backing: string;
}

type Remote = 'kafka' | 'jetstream';
type RemoteBacking = LogBacking & { readonly kind: Remote };

export class Logs implements LogStore {
  readonly kind: LogStore['kind'];
  readonly #ports: ServerPorts;
  /** In the data directory, or in memory with `--log memory`. */
  readonly #home: LogStore;
  #memory: LogStore | undefined;
  readonly #remote = new Map<Remote, Promise<LogStore>>();
  readonly #opened = new Map<string, Opened>();

  constructor(home: LogStore, installation: InstallationLog, ports: ServerPorts) {
    this.#home = home;
    this.#ports = ports;
    this.kind = installation.kind;
    if (home.kind === 'memory') this.#memory = home;
  }

  async open(name: string, retention: Retention, backing?: LogBacking): Promise<EventLog> {
    const place = JSON.stringify(backing ?? null);
    const before = this.#opened.get(name);
    if (before && before.backing !== place) await this.release(name); // E2
    const store = await this.#storeOf(backing);
    this.#opened.set(name, { store, backing: place });
    return store.open(name, retention, backing);
  }

  async release(name: string): Promise<void> {
    const opened = this.#opened.get(name);
    this.#opened.delete(name);
    await opened?.store.release?.(name);
  }

  /** E3 */
  async list(): Promise<readonly string[]> {
    const inMemory = this.#memory && this.#memory !== this.#home ? await this.#memory.list() : [];
    return [...new Set([...(await this.#home.list()), ...inMemory])].sort();
  }

  /** What is gone when the process ends, so that nobody can want it back. */
  async listMemory(): Promise<ReadonlySet<string>> {
    return new Set(await this.#memory?.list());
  }

  /** E3 */
  async remove(name: string): Promise<void> {
    this.#opened.delete(name);
    for (const store of new Set([this.#home, this.#memory])) {
      if ((await store?.list())?.includes(name)) await store?.remove(name);
    }
  }

  /** Lets go of servers. The data directory, and what it holds, is its owner's to close. */
  async close(): Promise<void> {
    const remote = await Promise.allSettled(this.#remote.values());
    this.#remote.clear();
    this.#opened.clear();
    await Promise.allSettled(remote.map((store) => (store.status === 'fulfilled' ? store.value.close() : undefined)));
    if (this.#memory !== this.#home) await this.#memory?.close();
  }

  async #storeOf(backing: LogBacking | undefined): Promise<LogStore> {
    switch (backing?.kind) {
      case undefined:
      case 'local':
        return this.#home;
      case 'memory':
        this.#memory ??= new MemoryLogStore(this.#ports);
        return this.#memory;
      case 'kafka':
      case 'jetstream':
        return this.#remoteStore(backing.kind);
    }
  }

  /** E1 */
  #remoteStore(kind: Remote): Promise<LogStore> {
    const known = this.#remote.get(kind);
    if (known) return known;
    const making = import('./servers.ts').then(({ makeStore }) => makeStore(kind, this.#ports));
    this.#remote.set(kind, making);
    making.catch(() => this.#remote.delete(kind));
    return making;
  }
}

/** Topics and streams of all servers; the clients are loaded at the first question (E1). */
export class LogAdmins implements LogAdmin {
  readonly #ports: ServerPorts;
  readonly #remote = new Map<Remote, Promise<LogAdmin & { close?(): Promise<void> }>>();

  constructor(ports: ServerPorts) {
    this.#ports = ports;
  }

  ensure(backing: LogBacking): Promise<LogAdminOutcome> {
    return isRemote(backing) ? this.#ask(backing, (admin) => admin.ensure(backing)) : ready();
  }

  remove(backing: LogBacking): Promise<LogAdminOutcome> {
    return isRemote(backing) ? this.#ask(backing, (admin) => admin.remove(backing)) : ready();
  }

  async close(): Promise<void> {
    const admins = await Promise.allSettled(this.#remote.values());
    this.#remote.clear();
    await Promise.allSettled(admins.map((admin) => (admin.status === 'fulfilled' ? admin.value.close?.() : undefined)));
  }

  async #ask(
    { kind }: RemoteBacking,
    question: (admin: LogAdmin) => Promise<LogAdminOutcome>,
  ): Promise<LogAdminOutcome> {
    let making = this.#remote.get(kind);
    if (!making) {
      making = import('./servers.ts').then(({ makeAdmin }) => makeAdmin(kind, this.#ports));
      this.#remote.set(kind, making);
    }
    return question(await making);
  }
}

function isRemote(backing: LogBacking): backing is RemoteBacking {
  return backing.kind === 'kafka' || backing.kind === 'jetstream';
}

/** What this process keeps itself needs nothing made. */
async function ready(): Promise<LogAdminOutcome> {
  return { kind: 'ready', made: false, warnings: [] };
}
