/**
 * Consumers that local mode starts: from Services in the store to running processes, and their addresses back into
 * the Services' status, where reconcilers find them.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Addressable, Resource } from '@millrace/api';
import { startIdOf } from '@millrace/channel';
import { isStoreError, type LocalStore, type Selection, type Watch } from '@millrace/controller';
import type { Clock, Logger } from '@millrace/runtime';
import { ConsumerRunner } from '../consumers/runner.ts';
import { type ConsumerSpec, consumersOf } from '../consumers/spec.ts';

export interface ServiceConsumersOptions {
  readonly store: LocalStore;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly dataDir: string;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Manifest file of an object: commands run in its folder. */
  readonly fileOf: (resource: Resource) => string | undefined;
  readonly print: (name: string, line: string) => void;
}

export interface ServiceConsumers {
  /** Voids the addresses of an earlier run, and begins. */
  start(): Promise<void>;
  /** Resolves when each consumer that was there at the start has listened, or has failed once. */
  settled(): Promise<void>;
  stop(): Promise<void>;
}

/** Changes that come together (a folder of manifests) are looked at once. */
const settleMs = 20;
/** Wait before a watch that failed is begun again. */
const watchAgainMs = 1_000;
/** A reconciler writes the same status, and what it wrote is read only once it is durable: half a second in all. */
const conflictWaitMs = 10;
const conflictsMax = 50;
/** Deployments only name images. */
const watchedKinds: readonly Selection[] = [
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'serving.knative.dev/v1', kind: 'Service' },
  { apiVersion: 'apps/v1', kind: 'Deployment' },
];

export function createServiceConsumers(options: ServiceConsumersOptions): ServiceConsumers {
  const { store, clock, logger } = options;
  const reports = new StatusWriter(store, clock, logger);
  const runner = new ConsumerRunner({
    clock,
    logger,
    env: options.env,
    print: options.print,
    report(spec, url, reason) {
      reports.write(spec, url, reason);
      first.get(spec.uid)?.resolve();
    },
    remember: (pids) => rememberPids(options.dataDir, pids),
  });
  const first = new Map<string, PromiseWithResolvers<void>>();
  const watches = new Map<Selection, Watch>();
  let scheduled = false;
  let stopped = false;
  const find = async () => {
    const lists = await Promise.all(watchedKinds.map((selection) => store.list(selection)));
    const objects = lists.flatMap(({ items }) => items);
    return consumersOf(objects, options.fileOf, options.cwd);
  };
  const look = async () => {
    scheduled = false;
    const specs = await find();
    if (!stopped) runner.apply(specs);
  };
  const lookSoon = () => {
    if (scheduled || stopped) return;
    scheduled = true;
    clock.setTimer(settleMs, () => void look());
  };
  const follow = async (selection: Selection) => {
    while (!stopped) {
      const watch = store.watch(selection);
      watches.set(selection, watch);
      // What is gone by now is in no watch: whatever was missed, a look finds it.
      lookSoon();
      try {
        for await (const _event of watch) lookSoon();
      } catch (error) {
        // Too many changes at once for the store to remember: begun again from what is there.
        if (isStoreError(error, 'gone')) continue;
        logger.warn('watching for consumers failed; it is tried again', { kind: selection.kind, error });
        await new Promise<void>((resolve) => clock.setTimer(watchAgainMs, resolve));
      }
    }
  };
  return {
    async start() {
      endLeftovers(options.dataDir, logger);
      const specs = await find();
      for (const spec of specs) {
        first.set(spec.uid, Promise.withResolvers<void>());
        reports.write(spec, undefined, 'starting');
      }
      await reports.idle();
      runner.apply(specs);
      for (const selection of watchedKinds) void follow(selection);
    },
    async settled() {
      await Promise.all([...first.values()].map(({ promise }) => promise));
      await reports.idle();
    },
    async stop() {
      stopped = true;
      for (const watch of watches.values()) watch.stop();
      await runner.stop();
      await reports.idle();
    },
  };
}

/** Writes where consumers listen into the status of their Services; one write at a time for each, the newest last. */
class StatusWriter {
  readonly #store: LocalStore;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #writing = new Map<string, Promise<void>>();

  constructor(store: LocalStore, clock: Clock, logger: Logger) {
    this.#store = store;
    this.#clock = clock;
    this.#logger = logger;
  }

  write(spec: ConsumerSpec, url: string | undefined, reason: string | undefined): void {
    const before = this.#writing.get(spec.uid) ?? Promise.resolve();
    const writing = before.then(() => this.#write(spec, url, reason));
    this.#writing.set(spec.uid, writing);
  }

  async idle(): Promise<void> {
    await Promise.all(this.#writing.values());
  }

  async #write(spec: ConsumerSpec, url: string | undefined, reason: string | undefined): Promise<void> {
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          return await this.#writeOnce(spec, url, reason);
        } catch (error) {
          if (!isStoreError(error, 'conflict') || attempt >= conflictsMax) throw error;
          await new Promise<void>((resolve) => this.#clock.setTimer(conflictWaitMs, resolve, { ref: true }));
        }
      }
    } catch (error) {
      this.#logger.warn('the address of a consumer could not be written', {
        consumer: spec.name,
        error: (error as Error).message,
      });
    }
  }

  async #writeOnce(spec: ConsumerSpec, url: string | undefined, reason: string | undefined): Promise<void> {
    const { apiVersion, kind, namespace, name } = spec;
    const current = await this.#store.get({ apiVersion, kind, namespace, name });
    if (!current || current.metadata.uid !== spec.uid) return;
    const address: { address?: Addressable } = url === undefined ? {} : { address: { url } };
    const { address: _before, ...rest } = current.status ?? {};
    const status = { ...rest, ...address, consumer: reason ?? 'listening' };
    await this.#store.updateStatus({ ...current, status });
  }
}

interface Remembered {
  readonly pid: number;
  /** The kernel's start time of the process: another one may have its id by the next start. */
  readonly startId: string | undefined;
}

const rememberedFile = (dataDir: string) => join(dataDir, 'consumers.json');

/** Process groups of ours, so that a start after a crash can end those that were left behind. */
function rememberPids(dataDir: string, pids: readonly number[]): void {
  const records = pids.map((pid): Remembered => ({ pid, startId: startIdOf(pid) }));
  try {
    writeFileSync(rememberedFile(dataDir), `${JSON.stringify(records)}\n`);
  } catch {
    // The data directory is gone or full: the worst that follows is a consumer that outlives a crash.
  }
}

function endLeftovers(dataDir: string, logger: Logger): void {
  let records: readonly Remembered[];
  try {
    records = JSON.parse(readFileSync(rememberedFile(dataDir), 'utf8')) as readonly Remembered[];
  } catch {
    return;
  }
  for (const record of records) {
    if (record.startId === undefined || startIdOf(record.pid) !== record.startId) continue;
    logger.info('ending a consumer that an earlier run left behind', { pid: record.pid });
    try {
      process.kill(-record.pid, 'SIGTERM');
    } catch {
      // It ended in between.
    }
  }
}
