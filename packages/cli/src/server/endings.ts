/**
 * The end of a server, step by step: what was opened last ends first.
 *
 * N1. Every step runs, whatever became of those before it.
 * N2. All steps share one limit; a step is told how much of it is left.
 */
import type { Clock } from '@millrace/runtime';

type Step = { readonly name: string; run(limitMs: number): Promise<unknown> };

export class Endings {
  readonly #clock: Clock;
  readonly #steps: Step[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(name: string, run: (limitMs: number) => Promise<unknown>): void {
    this.#steps.unshift({ name, run });
  }

  /** Rejects with what went wrong in which step, after all have run. */
  async run(limitMs: number): Promise<void> {
    const untilMs = this.#clock.monotonic() + limitMs;
    const failures: string[] = [];
    for (const step of this.#steps.splice(0)) {
      try {
        await step.run(Math.max(0, untilMs - this.#clock.monotonic()));
      } catch (error) {
        failures.push(`${step.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (failures.length > 0) throw new Error(failures.join('; '));
  }
}
