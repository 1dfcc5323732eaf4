/**
 * Room at subscribers, as the HTTP client has it: so many attempts that began in the last milliseconds. Those that take longer do
 * not count, and whoever found no room gets a turn, in order.
 */
import type { Attempt, AttemptOutcome, Deliverer } from '@millrace/channel';
import type { Clock, Waiter } from '@millrace/runtime';

const recentMs = 5;

export class SimRoom {
  readonly #clock: Clock;
  readonly #max: number;
  readonly #recent = new Map<string, Set<object>>();
  readonly #waiting: { readonly host: string; readonly waiter: Waiter }[] = [];

  /** `max`: attempts at one host. */
  constructor(clock: Clock, max: number) {
    this.#clock = clock;
    this.#max = max;
  }

  /** The deliverer, with that much room. `givesTurns` false is a defect, for a canary. */
  around(deliverer: Deliverer, givesTurns: boolean): Deliverer {
    return {
      attempt: (attempt, signal) => this.#attempt(attempt, () => deliverer.attempt(attempt, signal), givesTurns),
      hasRoom: ({ url }, waiter) => {
        const host = hostOf(url);
        if (this.#has(host)) return true;
        if (waiter) this.#waiting.push({ host, waiter });
        return false;
      },
      close: () => deliverer.close(),
    };
  }

  #has(host: string): boolean {
    return (this.#recent.get(host)?.size ?? 0) < this.#max;
  }

  async #attempt(
    attempt: Attempt,
    deliver: () => Promise<AttemptOutcome>,
    givesTurns: boolean,
  ): Promise<AttemptOutcome> {
    const host = hostOf(attempt.target.url);
    const recent = this.#recent.get(host) ?? new Set();
    this.#recent.set(host, recent);
    const mark = {};
    recent.add(mark);
    const forget = () => {
      if (recent.delete(mark) && givesTurns) this.#giveTurns();
    };
    this.#clock.setTimer(recentMs, forget);
    const outcome = await deliver();
    forget();
    return outcome;
  }

  #giveTurns(): void {
    for (;;) {
      const at = this.#waiting.findIndex(({ host }) => this.#has(host));
      if (at < 0) return;
      const [first] = this.#waiting.splice(at, 1);
      first?.waiter.onTurn();
    }
  }
}

function hostOf(url: string): string {
  return url.split('/')[2] ?? '';
}
