/**
 * How many deliveries a subscriber may have under way, by how it has been doing: one that fails gets fewer, so that
 * trying it in vain costs nobody else their share of the process, and it gets its share back as soon as it takes again.
 *
 * The share of recent attempts that failed is kept as a moving average; what is allowed falls with the square of the
 * share that succeeded. Occasional failures hardly count (one in ten: 81 %), one that always fails is tried one at a
 * time. Never none: trying is how one learns that it is well again.
 */
import type { AttemptOutcome } from '../delivery/delivery.ts';

/** Weight of the newest attempt: about sixteen attempts are remembered, a burst of a few does not decide. */
const weight = 1 / 16;

export class Pressure {
  /** Share of recent attempts that failed, from 0 to 1. */
  #failing = 0;

  /** An attempt at the subscriber has ended. An answer that refuses this one event says nothing of the subscriber. */
  note(outcome: AttemptOutcome): void {
    if (outcome.kind === 'cancelled') return;
    const failed =
      outcome.kind === 'no-answer' ||
      (outcome.kind === 'refused' && (outcome.statusCode === 429 || outcome.statusCode >= 500));
    this.#failing += ((failed ? 1 : 0) - this.#failing) * weight;
  }

  /** Deliveries that may be under way, at least one. */
  allowed(maxInFlight: number): number {
    const well = 1 - this.#failing;
    return Math.max(1, Math.round(maxInFlight * well * well));
  }
}
