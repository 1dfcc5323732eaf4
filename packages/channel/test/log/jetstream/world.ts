/** Worlds for the log contract in JetStream: a store on a real server, ended by cutting its connections. */
import type { NatsCluster } from '@millrace/api';
import { type Clock, connectNats, type NatsClient, silentLogger, systemClock, systemRandom } from '@millrace/runtime';
import { afterAll } from 'vitest';
import { createJetStreamLogStore, type JetStreamLimits } from '../../../src/log/jetstream/index.ts';
import type { EventLog, LogStore, Retention } from '../../../src/log/log.ts';
import type { LogHarness, World } from '../contract-world.ts';

/** The machine's clock, of which the time of day can be moved: a server's own clock cannot. */
class ShiftedClock implements Clock {
  #shiftMs = 0;

  now(): number {
    return systemClock.now() + this.#shiftMs;
  }
  monotonic(): number {
    return systemClock.monotonic();
  }
  setTimer(...args: Parameters<Clock['setTimer']>): ReturnType<Clock['setTimer']> {
    return systemClock.setTimer(...args);
  }
  shift(ms: number): void {
    this.#shiftMs += ms;
  }
}

/**
 * A server's clock cannot be moved. Where the contract speaks of hours, this much shorter ones are lived through: an age of one
 * hour is one of a second.
 */
const hoursScale = 3_600;
const hourMs = 3_600_000;

function shorter(retention: Retention): Retention {
  return { ...retention, ageMs: retention.ageMs / hoursScale };
}

/** The store with ages as this world lives them. */
function scaled(store: LogStore): LogStore {
  const logs = new WeakMap<EventLog, EventLog>();
  return {
    kind: store.kind,
    list: () => store.list(),
    remove: (name) => store.remove(name),
    close: () => store.close(),
    async open(name, retention, backing) {
      const log = await store.open(name, shorter(retention), backing);
      const known = logs.get(log);
      if (known) return known;
      const methods = { setRetention: (next: Retention) => log.setRetention(shorter(next)) };
      const made = new Proxy(log, {
        get(target, key) {
          if (key in methods) return methods[key as 'setRetention'];
          const value = target[key as keyof EventLog];
          return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
        },
      });
      logs.set(log, made);
      return made;
    },
  };
}

/** One process, as far as the server can tell. */
export interface Process {
  readonly store: LogStore;
  /** It is gone: its connections break, what it had not sent is not sent. */
  crash(): void;
}

export function startProcess(
  cluster: NatsCluster,
  limits: Partial<JetStreamLimits> = {},
  clock: Clock = systemClock,
): Process {
  const clients: NatsClient[] = [];
  const store = createJetStreamLogStore({
    clock,
    random: systemRandom,
    logger: silentLogger,
    cluster,
    limits,
    async connect(to) {
      const connected = await connectNats(to, { clock, random: systemRandom });
      if (connected.kind === 'connected') clients.push(connected.client);
      return connected;
    },
  });
  return {
    store,
    crash: () => {
      for (const client of clients) client.abort();
    },
  };
}

/** Starts processes for the tests of a file; they are gone when these have ended. Call it at the top. */
export function testProcesses(): (url: string, limits?: Partial<JetStreamLimits>) => Process {
  const processes: Process[] = [];
  afterAll(async () => {
    for (const { store, crash } of processes) {
      crash();
      await store.close();
    }
  });
  return (url, limits) => {
    const process = startProcess({ servers: [url] }, limits);
    processes.push(process);
    return process;
  };
}

let lastLog = 0;

/** The name of a log of its own for a test. */
export function newName(): string {
  lastLog += 1;
  return `log-${lastLog}`;
}

export function jetStreamHarness(url: () => string, limits: Partial<JetStreamLimits> = {}): LogHarness {
  return {
    async start(options): Promise<World> {
      const clock = new ShiftedClock();
      const all = { ...limits, ...(options?.queueBytes === undefined ? {} : { queueBytes: options.queueBytes }) };
      const start = () => startProcess({ servers: [url()] }, all, clock);
      let process = start();
      let store = scaled(process.store);
      return {
        get store() {
          return store;
        },
        async pass(ms) {
          const livedMs = ms >= hourMs / 2 ? ms / hoursScale : ms;
          await new Promise((resolve) => setTimeout(resolve, livedMs));
        },
        jump: (ms) => clock.shift(ms),
        async reopen() {
          await process.store.close();
          process = start();
          store = scaled(process.store);
        },
        async crash() {
          process.crash();
          process = start();
          store = scaled(process.store);
        },
        async end() {
          for (const name of await process.store.list()) await process.store.remove(name);
          await process.store.close();
        },
      };
    },
  };
}
