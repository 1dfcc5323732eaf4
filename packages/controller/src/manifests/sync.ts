/**
 * Keeps the store in step with manifest files: applied at the start, then whenever they change.
 *
 * Y1. Looks at the files when changes have come to rest, or when they did not for a while; one look at a time, and a
 *     change during a look leads to another one.
 * Y2. The files are looked at on a schedule as well: soon where notifications do not come, seldom otherwise.
 * Y3. Only what is at rest is applied, and files that hold what they held are not even parsed: see `settling.ts`.
 */
import { resolve } from 'node:path';
import type { KindContext, ResourceRef } from '@millrace/api';
import type { Clock, Logger, Timer } from '@millrace/runtime';
import { objectKey } from '../store/keys.ts';
import type { Notes } from '../store/local/persistence.ts';
import type { ResourceStore } from '../store/store.ts';
import { type AppliedChange, carryOut, planApply } from './apply.ts';
import type { PathWatch, PathWatcher } from './file-watch.ts';
import { Ledger } from './ledger.ts';
import { parseManifests, type ReadManifests, readManifests } from './load.ts';
import type { LoadedManifests, ManifestError } from './manifest.ts';
import type { FileReader } from './reader.ts';
import { type Rest, Settling } from './settling.ts';

/** Rest after a change before the files are read: the first of two looks. */
const restMs = 80;
/** Longest wait for rest: within the second that is promised, with time to apply. */
const restMsMax = 400;
/** How often the files are looked at where notifications do not come. */
const rescanMs = 500;
/** How often they are looked at where notifications come: in case one was lost. */
const rescanSeldomMs = 30_000;

export interface ManifestSyncOptions {
  readonly paths: readonly string[];
  readonly reader: FileReader;
  readonly watcher: PathWatcher;
  readonly store: ResourceStore;
  readonly notes: Notes;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly context?: KindContext;
  /** Told after every look that found something: changes, or errors other than before. */
  readonly onReport?: (report: ManifestReport) => void;
}

export interface ManifestReport {
  readonly changes: readonly AppliedChange[];
  /** All that is wrong at present. Objects of these files run on in their last good state. */
  readonly errors: readonly ManifestError[];
  /** Objects in files without errors, and those files. */
  readonly objectCount: number;
  readonly files: readonly string[];
}

export interface ManifestSync {
  /** Applies the files as they are. With `watch`, goes on to follow them. */
  start(options: { readonly watch: boolean }): Promise<ManifestReport>;
  /** The file an object came from. */
  fileOf(ref: ResourceRef): string | undefined;
  /** Looks at the files now. */
  rescan(): Promise<void>;
  stop(): Promise<void>;
}

export function createManifestSync(options: ManifestSyncOptions): ManifestSync {
  return new Sync(options);
}

class Sync implements ManifestSync {
  readonly #options: ManifestSyncOptions;
  readonly #ledger: Ledger;
  readonly #roots: readonly string[];
  #watches: PathWatch[] = [];
  #rest: Timer | undefined;
  #restSinceMs: number | undefined;
  #schedule: Timer | undefined;
  #scheduleMs = rescanSeldomMs;
  #looking: Promise<ManifestReport> | undefined;
  #again = false;
  #stopped = false;
  #lastErrors = '';
  readonly #settling = new Settling();
  /** The look that follows one that found files not at rest. */
  #second: Timer | undefined;
  /** What was wrong with the paths themselves. */
  #pathErrors = '[]';
  /** Of what is in force: files that are not parsed again count as they did. */
  #inForce: Pick<ManifestReport, 'errors' | 'objectCount' | 'files'> = { errors: [], objectCount: 0, files: [] };

  constructor(options: ManifestSyncOptions) {
    this.#options = options;
    this.#ledger = new Ledger(options.notes);
    this.#roots = options.paths.map((path) => resolve(path));
  }

  async start({ watch }: { readonly watch: boolean }): Promise<ManifestReport> {
    const report = await this.#look(true);
    if (watch && !this.#stopped) {
      for (const path of this.#roots) this.#watches.push(this.#watch(path));
      this.#reschedule();
    }
    return report;
  }

  fileOf(ref: ResourceRef): string | undefined {
    return this.#ledger.get(objectKey(ref))?.file;
  }

  async rescan(): Promise<void> {
    await this.#lookAndTell();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#rest?.cancel();
    this.#schedule?.cancel();
    this.#second?.cancel();
    for (const watch of this.#watches) watch.close();
    this.#watches = [];
    await this.#looking?.catch(() => {
      // Reported by whoever waited for it.
    });
  }

  #watch(path: string): PathWatch {
    const { watcher, logger } = this.#options;
    return watcher.watch(
      path,
      () => this.#changed(),
      (reason) => {
        logger.debug('files are not watched but looked at', { path, reason, everyMs: rescanMs });
        this.#scheduleMs = rescanMs; // Y2
        this.#reschedule();
      },
    );
  }

  /** Y1. */
  #changed(): void {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const nowMs = clock.monotonic();
    this.#restSinceMs ??= nowMs;
    this.#rest?.cancel();
    const waitMs = Math.max(0, Math.min(restMs, this.#restSinceMs + restMsMax - nowMs));
    this.#rest = clock.setTimer(waitMs, () => {
      this.#restSinceMs = undefined;
      this.#lookSoon();
    });
  }

  #reschedule(): void {
    this.#schedule?.cancel();
    if (this.#stopped) return;
    this.#schedule = this.#options.clock.setTimer(this.#scheduleMs, () => {
      this.#lookSoon();
      this.#reschedule();
    });
  }

  #lookSoon(): void {
    this.#lookAndTell().catch((error: unknown) => {
      this.#options.logger.error('applying manifests failed; it is tried again', { error });
      this.#settling.forget();
      this.#changed();
    });
  }

  async #lookAndTell(): Promise<void> {
    if (this.#stopped) return;
    if (this.#looking !== undefined) {
      this.#again = true; // Y1
      await this.#looking;
      return;
    }
    const before = this.#lastErrors;
    const report = await this.#look(false);
    if (report.changes.length > 0 || this.#lastErrors !== before) this.#options.onReport?.(report);
    if (this.#again) {
      this.#again = false;
      await this.#lookAndTell();
    }
  }

  async #look(all: boolean): Promise<ManifestReport> {
    this.#looking = this.#apply(all);
    try {
      return await this.#looking;
    } finally {
      this.#looking = undefined;
    }
  }

  async #apply(all: boolean): Promise<ManifestReport> {
    const { reader, clock } = this.#options;
    const read = await readManifests(this.#roots, reader);
    if (all) {
      this.#settling.start(read.files, clock.monotonic());
      return this.#carryOut(read, { files: read.files, moving: new Set(), isNews: true, mayRemove: true }, all);
    }
    const sources = new Set(this.#ledger.entries().map(([, { file }]) => file));
    const rest = this.#settling.look(read.files, (file) => sources.has(file), clock.monotonic());
    this.#lookAgainIn(rest.againMs);
    if (!rest.isNews && JSON.stringify(read.errors) === this.#pathErrors) return { changes: [], ...this.#inForce };
    return this.#carryOut(read, rest, all);
  }

  #lookAgainIn(delayMs: number | undefined): void {
    this.#second?.cancel();
    if (delayMs === undefined || this.#stopped) return;
    this.#second = this.#options.clock.setTimer(delayMs, () => this.#lookSoon());
  }

  async #carryOut(read: ReadManifests, rest: Rest, all: boolean): Promise<ManifestReport> {
    const { store, context } = this.#options;
    const settled = { files: rest.files, errors: read.errors };
    const loaded = parseManifests(settled, context === undefined ? {} : { context });
    const isUnder = (file: string) => this.#roots.some((root) => file === root || file.startsWith(`${root}/`));
    const plan = planApply(loaded, this.#ledger, { all, isUnder: (file) => isUnder(file) && !rest.moving.has(file) });
    const owing = !rest.mayRemove && plan.remove.length > 0;
    const carried = carryOut(owing ? { ...plan, remove: [] } : plan, store, this.#ledger);
    const result = await carried.finally(() => this.#ledger.release());
    this.#settling.taken(rest.files, rest.moving, owing);
    this.#pathErrors = JSON.stringify(read.errors);
    this.#inForce = this.#stateOf(loaded, result.errors, rest.moving);
    this.#lastErrors = JSON.stringify(this.#inForce.errors);
    return { changes: result.changes, ...this.#inForce };
  }

  /** Files that are not at rest are as they were (M1); what the store refused stands until the files change. */
  #stateOf(
    loaded: LoadedManifests,
    applyErrors: readonly ManifestError[],
    moving: ReadonlySet<string>,
  ): Pick<ManifestReport, 'errors' | 'objectCount' | 'files'> {
    const kept = this.#inForce.errors.filter(({ file }) => moving.has(file));
    const good = loaded.files.filter(({ objects }) => objects.length > 0).map(({ file }) => file);
    return {
      errors: [...loaded.errors, ...applyErrors, ...kept],
      objectCount: loaded.objects.length + this.#ledger.entries().filter(([, { file }]) => moving.has(file)).length,
      files: [...good, ...this.#inForce.files.filter((file) => moving.has(file))],
    };
  }
}
