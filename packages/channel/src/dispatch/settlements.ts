/**
 * Who waits until an event has come to its end for every subscription that wants it: the sender of a channel that says
 * 202 only then (`accepts: 'delivered'`, reference 5.2).
 *
 * W1. Each one is answered once: when the last subscription has settled it, after the longest wait, or at the end.
 * W2. `failed` when any of them ended in the dead-letter store: nobody took it. A dead letter sink that took it is as good.
 * W3. A subscription that is paused, has no subscriber, or is gone keeps nobody waiting.
 */
import type { Engine } from './engine.ts';
import type { Flight } from './flight.ts';
import { rememberedFailures, settledWaitMs } from './limits.ts';
import type { Terminal } from './ports.ts';
import type { Subscription } from './subscription.ts';
import { Alarm } from './timer-heap.ts';

/** How an event ended for all who wanted it. */
export type Settled = 'delivered' | 'failed';

interface Waiter {
  readonly owing: Set<Subscription>;
  failed: boolean;
  end(settled: Settled): void;
}

export class Settlements {
  readonly #engine: Engine;
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** The last ones that failed, for who asks after that. */
  readonly #failures = new Set<string>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Resolves when none of `owing` owes the event any more (W1). */
  wait(partition: number, offset: number, owing: Set<Subscription>): Promise<Settled> {
    const key = keyOf(partition, offset);
    const failed = this.#failures.has(key);
    if (owing.size === 0) return Promise.resolve(failed ? 'failed' : 'delivered');
    return new Promise((resolve) => {
      const limit = new Alarm(() => waiter.end('failed'));
      const waiter: Waiter = {
        owing,
        failed,
        end: (settled) => {
          this.#engine.timers.cancel(limit);
          this.#remove(key, waiter);
          resolve(settled);
        },
      };
      const others = this.#waiters.get(key) ?? new Set();
      this.#waiters.set(key, others.add(waiter));
      this.#engine.timers.set(limit, settledWaitMs);
    });
  }

  settled(subscription: Subscription, { cursor, offset }: Flight, terminal: Terminal): void {
    const key = keyOf(cursor.partition, offset);
    const failed = terminal.kind === 'dead-lettered' && terminal.to === 'store'; // W2
    if (failed) this.#remember(key);
    for (const waiter of this.#waiters.get(key) ?? []) {
      waiter.failed ||= failed;
      release(waiter, subscription);
    }
  }

  /** It keeps nobody waiting any more (W3). */
  forget(subscription: Subscription): void {
    for (const waiters of this.#waiters.values()) for (const waiter of [...waiters]) release(waiter, subscription);
  }

  /** Nothing will be settled any more. */
  end(): void {
    for (const waiters of [...this.#waiters.values()]) for (const waiter of [...waiters]) waiter.end('failed');
  }

  #remember(key: string): void {
    this.#failures.add(key);
    if (this.#failures.size <= rememberedFailures) return;
    for (const oldest of this.#failures) {
      this.#failures.delete(oldest);
      return;
    }
  }

  #remove(key: string, waiter: Waiter): void {
    const waiters = this.#waiters.get(key);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(key);
  }
}

function release(waiter: Waiter, subscription: Subscription): void {
  if (waiter.owing.delete(subscription) && waiter.owing.size === 0) waiter.end(waiter.failed ? 'failed' : 'delivered');
}

function keyOf(partition: number, offset: number): string {
  return `${partition}/${offset}`;
}
