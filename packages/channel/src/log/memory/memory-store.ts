/**
 * A store of memory logs. What is durable outlives a crash, and is opened again by the next `open`; nothing outlives
 * the process.
 */
import { systemClock, systemRandom } from '@millrace/runtime';
import type { EventLog, LogStore, Retention } from '../log.ts';
import { DurableLog } from './durable.ts';
import { MemoryLog } from './memory-log.ts';
import type { MemoryOptions } from './options.ts';

export class MemoryLogStore implements LogStore {
  readonly kind = 'memory';
  readonly #options: MemoryOptions;
  readonly #durable = new Map<string, DurableLog>();
  readonly #open = new Map<string, MemoryLog>();

  /** Without options: the machine's clock and randomness, no delay, no faults. */
  constructor(options: Partial<MemoryOptions> = {}) {
    this.#options = { clock: systemClock, random: systemRandom, ...options };
  }

  async open(name: string, retention: Retention): Promise<EventLog> {
    const open = this.#open.get(name);
    if (open !== undefined) {
      open.setRetention(retention);
      return open;
    }
    let durable = this.#durable.get(name);
    if (durable === undefined) {
      durable = new DurableLog(name, this.#options.partitions ?? 1, retention);
      this.#durable.set(name, durable);
    }
    durable.retention = retention;
    const log = new MemoryLog(durable, this.#options);
    this.#open.set(name, log);
    return log;
  }

  async list(): Promise<readonly string[]> {
    return [...this.#durable.keys()].sort();
  }

  async remove(name: string): Promise<void> {
    const open = this.#open.get(name);
    this.#open.delete(name);
    await open?.close();
    this.#durable.delete(name);
  }

  /** Ends the logs. What they hold stays: opening one again gives it back. */
  async close(): Promise<void> {
    const open = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(open.map((log) => log.close()));
  }

  /**
   * What a power cut does: everything acknowledged stays; of what was under way a first part, chosen by the injected
   * random source, became durable and the rest is gone. Logs opened before are dead: their promises never resolve.
   */
  crash(): void {
    for (const log of this.#open.values()) log.crash();
    this.#open.clear();
  }
}
