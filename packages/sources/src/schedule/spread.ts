/** Actions put off by a random while, so that many sources due at the same second do not hit one sink at once. */
import type { Clock, Random, Timer } from '@millrace/runtime';

export class Spread {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #upToMs: number;
  readonly #waiting = new Map<() => void, Timer>();

  constructor(clock: Clock, random: Random, upToMs: number) {
    this.#clock = clock;
    this.#random = random;
    this.#upToMs = upToMs;
  }

  run(action: () => void): void {
    const delayMs = Math.floor(this.#random.next() * this.#upToMs);
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#waiting.delete(action);
      action();
    });
    this.#waiting.set(action, timer);
  }

  /** Runs at once what still waits: at shutdown, where waiting would lose it. */
  flush(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const [action, timer] of waiting) {
      timer.cancel();
      action();
    }
  }
}
