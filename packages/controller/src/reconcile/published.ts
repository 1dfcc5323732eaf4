/**
 * A value computed from all resources and told to listeners when it changed: the routing table, the sources.
 *
 * V1. Changes that come together are one computation: it costs as much as there are objects.
 * V2. Listeners are told only of a value that differs from the one before.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '@millrace/api';
import type { Clock, Logger, Timer } from '@millrace/runtime';

/** How long changes are collected (V1), at least: not felt by a person. */
const collectMs = 20;
/** How much longer than the last computation took: with many objects it takes a fifth of the time, at most. */
const collectTimes = 4;

export interface PublishedOptions<T> {
  readonly name: string;
  readonly empty: T;
  readonly compute: (resources: readonly Resource[]) => T;
  readonly resources: () => readonly Resource[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export class Published<T> {
  readonly #options: PublishedOptions<T>;
  readonly #listeners = new Set<(value: T) => void>();
  #value: T;
  #dirty = true;
  /** How long the last computation took. */
  #computeMs = 0;
  #timer: Timer | undefined;

  constructor(options: PublishedOptions<T>) {
    this.#options = options;
    this.#value = options.empty;
  }

  get value(): T {
    return this.#value;
  }

  /** Is told at once when there is a value other than the empty one, then of every change. */
  listen(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    if (this.#value !== this.#options.empty) this.#tell(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resources changed. */
  touch(): void {
    this.#dirty = true;
    const waitMs = Math.max(collectMs, collectTimes * this.#computeMs);
    this.#timer ??= this.#options.clock.setTimer(waitMs, () => this.flush());
  }

  /** Computes now, if anything changed. */
  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!this.#dirty) return;
    this.#dirty = false;
    const startMs = this.#options.clock.monotonic();
    const next = this.#options.compute(this.#options.resources());
    const isSame = isDeepStrictEqual(next, this.#value);
    this.#computeMs = this.#options.clock.monotonic() - startMs;
    if (isSame) return; // V2
    this.#value = next;
    for (const listener of [...this.#listeners]) this.#tell(listener);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#listeners.clear();
  }

  #tell(listener: (value: T) => void): void {
    try {
      listener(this.#value);
    } catch (error) {
      this.#options.logger.error('a listener failed', { of: this.#options.name, error });
    }
  }
}
