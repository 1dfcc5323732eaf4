/**
 * The loop of one kind: keys from a queue, a few workers, one reconciler.
 *
 * L1. What one reconcile throws ends nothing but itself: it is counted, told, and tried again with back-off.
 * L2. A key is with one worker at a time (the queue's Q2), so a reconciler never races itself for one object.
 */
import type { Resource } from '@millrace/api';
import type { Clock, Counter, Logger, Metrics, Random } from '@millrace/runtime';
import { WorkQueue } from '../queue/work-queue.ts';
import type { ObjectKey } from '../store/keys.ts';
import { isStoreError } from '../store/store-error.ts';
import type { Reconciler } from './reconciler.ts';

/** Reconciles of one kind at once. They wait for the disk more than they compute, and share its flushes. */
const workersMax = 16;
/** Failures in a row from which on a reconcile is told as a warning: fewer are the ordinary races. */
const failuresTold = 3;

export interface KindControllerOptions {
  readonly reconciler: Reconciler;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The object of a key as the cache has it. */
  readonly read: (key: ObjectKey) => Resource | undefined;
  /** Runs the reconciler; what it looked at is tracked. */
  readonly run: (reconciler: Reconciler, key: ObjectKey, object: Resource) => Promise<void>;
  /** Told after every reconcile that did not throw. */
  readonly onDone: (key: ObjectKey) => void;
}

export class KindController {
  readonly #options: KindControllerOptions;
  readonly #queue: WorkQueue<ObjectKey>;
  readonly #succeeded: Counter;
  readonly #conflicted: Counter;
  readonly #failed: Counter;
  #workers: Promise<void>[] = [];

  constructor(options: KindControllerOptions) {
    this.#options = options;
    this.#queue = new WorkQueue({ clock: options.clock, random: options.random });
    const counter = (result: string) =>
      options.metrics.counter(
        'millrace.reconciles',
        { description: 'Reconciles by kind and result', unit: '{reconcile}' },
        { kind: options.reconciler.kind, group: options.reconciler.apiVersion.split('/')[0] ?? '', result },
      );
    this.#succeeded = counter('succeeded');
    this.#conflicted = counter('conflicted');
    this.#failed = counter('failed');
  }

  start(): void {
    this.#workers = Array.from({ length: workersMax }, () => this.#work());
  }

  add(key: ObjectKey): void {
    this.#queue.add(key);
  }

  /** Adds a key when that time has passed, unless it is added before. */
  addAfter(key: ObjectKey, delayMs: number): void {
    this.#queue.addAfter(key, delayMs);
  }

  get isIdle(): boolean {
    return this.#queue.isIdle;
  }

  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Lets what is under way end, and begins nothing more. */
  async stop(): Promise<void> {
    this.#queue.close();
    await Promise.all(this.#workers);
  }

  async #work(): Promise<void> {
    for (let key = await this.#queue.take(); key !== undefined; key = await this.#queue.take()) {
      try {
        const object = this.#options.read(key);
        if (object !== undefined) await this.#options.run(this.#options.reconciler, key, object);
        this.#queue.forget(key);
        this.#succeeded.add(1);
        this.#options.onDone(key);
      } catch (error) {
        this.#fail(key, error); // L1
      } finally {
        this.#queue.done(key);
      }
    }
  }

  #fail(key: ObjectKey, error: unknown): void {
    // Somebody else wrote first, or removed it: its change brings the key again, the retry is only for safety.
    const isRace = isStoreError(error, 'conflict') || isStoreError(error, 'not-found');
    (isRace ? this.#conflicted : this.#failed).add(1);
    const delayMs = this.#queue.retry(key);
    const fields = { key, error, delayMs };
    if (!isRace && this.#queue.failures(key) >= failuresTold) {
      this.#options.logger.warn('reconciling failed; it is tried again', fields);
    } else this.#options.logger.debug('reconciling failed; it is tried again', fields);
  }
}
