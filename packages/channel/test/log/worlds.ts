/** Worlds for the log contract: memory, plain and as another log would be, and local in a temporary directory. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, silentLogger, type Timer } from '@millrace/runtime';
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { type LocalLimits, type LocalLogStore, openLocalStore } from '../../src/log/local/index.ts';
import type { LogStore } from '../../src/log/log.ts';
import { MemoryLogStore, type MemoryOptions } from '../../src/log/memory/index.ts';
import type { LogHarness, World } from './contract-world.ts';

/** A virtual clock whose wall time can also be set back. */
export class JumpingClock implements Clock {
  readonly virtual = new VirtualClock();
  #offsetMs = 0;

  now(): number {
    return this.virtual.now() + this.#offsetMs;
  }
  monotonic(): number {
    return this.virtual.monotonic();
  }
  setTimer(delayMs: number, callback: () => void): Timer {
    return this.virtual.setTimer(delayMs, callback);
  }
  jump(ms: number): void {
    this.#offsetMs += ms;
  }
}

export function memoryHarness(
  more: (seed: number) => Partial<MemoryOptions> = () => ({}),
  wrap: (store: MemoryLogStore) => LogStore = (store) => store,
): LogHarness {
  let seed = 0;
  return {
    async start(options) {
      seed += 1;
      const clock = new JumpingClock();
      const queue = options?.queueBytes === undefined ? {} : { queueBytes: options.queueBytes };
      const memory = new MemoryLogStore({ clock, random: new SeededRandom(seed), ...queue, ...more(seed) });
      const store = wrap(memory);
      return {
        store,
        pass: (ms) => clock.virtual.advance(ms),
        jump: (ms) => clock.jump(ms),
        reopen: () => store.close(),
        crash: async () => memory.crash(),
        end: () => store.close(),
      };
    },
  };
}

export function temporaryDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'millrace-log-'));
}

export async function openLocal(
  directory: string,
  clock: Clock = new JumpingClock(),
  limits: Partial<LocalLimits> = {},
): Promise<LocalLogStore> {
  const outcome = await openLocalStore(directory, { clock, logger: silentLogger, limits });
  if (outcome.kind === 'error') throw new Error(`${outcome.code}: ${outcome.message}`);
  return outcome.store;
}

/** What a process that is gone leaves behind: the files as they are now. */
export function copyOfDirectory(from: string): string {
  const to = temporaryDirectory();
  cpSync(from, to, { recursive: true });
  return to;
}

export function localHarness(limits: Partial<LocalLimits> = {}): LogHarness {
  return {
    async start(options): Promise<World> {
      const clock = new JumpingClock();
      const all = { ...limits, ...(options?.queueBytes === undefined ? {} : { queueBytes: options.queueBytes }) };
      const directories = [temporaryDirectory()];
      const abandoned: LocalLogStore[] = [];
      let store = await openLocal(directories[0]!, clock, all);
      return {
        get store() {
          return store;
        },
        pass: (ms) => clock.virtual.advance(ms),
        jump: (ms) => clock.jump(ms),
        async reopen() {
          await store.close();
          store = await openLocal(directories.at(-1)!, clock, all);
        },
        async crash() {
          abandoned.push(store);
          directories.push(copyOfDirectory(directories.at(-1)!));
          store = await openLocal(directories.at(-1)!, clock, all);
        },
        async end() {
          for (const one of [...abandoned, store]) await one.close();
          for (const directory of directories) rmSync(directory, { recursive: true, force: true });
        },
      };
    },
  };
}
