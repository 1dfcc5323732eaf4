/**
 * Consumers that local mode starts: from Services in the store to running processes, and their addresses back into
 * the Services' status, where reconcilers find them.
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Addressable, Resource } from '@millrace/api';
import { isAlive, type PidRecord, pidRecordOf } from '@millrace/channel';
import type { LocalStore } from '@millrace/controller';
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
  /** Objects of kinds that are not stored, such as Deployments: they name images. */
  readonly foreign: () => readonly Resource[];
  readonly print: (name: string, line: string) => void;
}

export interface ServiceConsumers {
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Changes that come together (a folder of manifests) are looked at once. */
const settleMs = 20;
const serviceKinds = [
  { apiVersion: 'v1', kind: 'Service' },
  { apiVersion: 'serving.knative.dev/v1', kind: 'Service' },
];

export function createServiceConsumers(options: ServiceConsumersOptions): ServiceConsumers {
  const { store, clock, logger } = options;
  const reports = new StatusWriter(store, logger);
  const runner = new ConsumerRunner({
    clock,
    logger,
    env: options.env,
    print: options.print,
    report: (spec, url, reason) => reports.write(spec, url, reason),
    remember: (pids) => rememberPids(options.dataDir, pids),
  });
  const watches = serviceKinds.map((selection) => store.watch(selection));
  let scheduled = false;
  let stopped = false;
  const look = async () => {
    scheduled = false;
    if (stopped) return;
    const lists = await Promise.all(serviceKinds.map((selection) => store.list(selection)));
    const services = lists.flatMap(({ items }) => items);
    runner.apply(consumersOf([...services, ...options.foreign()], options.fileOf, options.cwd));
  };
  const follow = async (watch: (typeof watches)[number]) => {
    for await (const _event of watch) {
      if (scheduled || stopped) continue;
      scheduled = true;
      clock.setTimer(settleMs, () => void look());
    }
  };
  return {
    async start() {
      endLeftovers(options.dataDir, logger);
      for (const watch of watches) void follow(watch);
      await look();
    },
    async stop() {
      stopped = true;
      for (const watch of watches) watch.stop();
      await runner.stop();
      await reports.idle();
    },
  };
}

/** Writes where consumers listen into the status of their Services; one write at a time for each, the newest last. */
class StatusWriter {
  readonly #store: LocalStore;
  readonly #logger: Logger;
  readonly #writing = new Map<string, Promise<void>>();

  constructor(store: LocalStore, logger: Logger) {
    this.#store = store;
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
    const { apiVersion, kind, namespace, name } = spec;
    try {
      const current = await this.#store.get({ apiVersion, kind, namespace, name });
      if (!current || current.metadata.uid !== spec.uid) return;
      const address: { address?: Addressable } = url === undefined ? {} : { address: { url } };
      const { address: _before, ...rest } = current.status ?? {};
      const status = {
        ...rest,
        ...address,
        ...(reason === undefined ? { consumer: 'listening' } : { consumer: reason }),
      };
      await this.#store.updateStatus({ ...current, status });
    } catch (error) {
      this.#logger.warn('the address of a consumer could not be written', {
        consumer: name,
        error: (error as Error).message,
      });
    }
  }
}

const rememberedFile = (dataDir: string) => join(dataDir, 'consumers.json');

/** Process groups of ours, so that a start after a crash can end those that were left behind. */
function rememberPids(dataDir: string, pids: readonly number[]): void {
  const records = pids.map((pid) => pidRecordOf(pid));
  try {
    writeFileSync(rememberedFile(dataDir), `${JSON.stringify(records)}\n`);
  } catch {
    // The data directory is gone or full: the worst that follows is a consumer that outlives a crash.
  }
}

function endLeftovers(dataDir: string, logger: Logger): void {
  let records: readonly PidRecord[];
  try {
    records = JSON.parse(readFileSync(rememberedFile(dataDir), 'utf8')) as readonly PidRecord[];
  } catch {
    return;
  }
  for (const record of records) {
    if (!isAlive(record)) continue;
    logger.info('ending a consumer that an earlier run left behind', { pid: record.pid });
    try {
      process.kill(-record.pid, 'SIGTERM');
    } catch {
      // It ended in between.
    }
  }
}
