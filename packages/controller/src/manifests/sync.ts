/**
 * Keeps the store in step with manifest files: applied at the start, then whenever they change.
 *
 * Y1. Looks at the files when changes have come to rest, or when they did not for a while; one look at a time, and a
 *     change during a look leads to another one.
 * Y2. The files are looked at on a schedule as well: soon where notifications do not come, seldom otherwise.
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
import { loadManifests } from './load.ts';
import type { LoadedManifests, ManifestError } from './manifest.ts';
import type { FileReader } from './reader.ts';

/** Rest after a change before the files are read: longer than an editor takes between truncating and writing. */
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
  /** What the last look read; files that read the same need no further look. */
  #lastLoaded = '';

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
      this.#lastLoaded = '';
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
    const { reader, store, context } = this.#options;
    const loaded = await loadManifests(this.#roots, reader, context === undefined ? {} : { context });
    const state = JSON.stringify(
      loaded.files.map(({ file, objects, errors }) => [file, objects.map((object) => object.resource), errors]),
    );
    const isUnder = (file: string) => this.#roots.some((root) => file === root || file.startsWith(`${root}/`));
    const unchanged = !all && state === this.#lastLoaded;
    const plan = unchanged ? { apply: [], remove: [] } : planApply(loaded, this.#ledger, { all, isUnder });
    const result = await carryOut(plan, store, this.#ledger);
    if (!unchanged) this.#lastLoaded = state;
    if (!unchanged) this.#applyErrors = result.errors;
    return this.#report(loaded, result.changes);
  }

  /** What the store refused at the last apply; it stands until the files change. */
  #applyErrors: readonly ManifestError[] = [];

  #report(loaded: LoadedManifests, changes: readonly AppliedChange[]): ManifestReport {
    const errors = [...loaded.errors, ...this.#applyErrors];
    this.#lastErrors = JSON.stringify(errors);
    const good = loaded.files.filter(({ objects }) => objects.length > 0).map(({ file }) => file);
    return { changes, errors, objectCount: loaded.objects.length, files: good };
  }
}
