/**
 * Delivery over HTTP: one attempt for each call, on the HTTP client port of `packages/runtime`.
 *
 * V1. An attempt never rejects and ends exactly once: with an answer, without one, or cancelled.
 * V2. Nothing is retried here that counts: the engine decides about the next attempt.
 */
import {
  type Clock,
  createHttpClient,
  type HttpClient,
  type HttpClientLimits,
  type HttpOutcome,
} from '@millrace/runtime';
import type { Attempt, AttemptOutcome, Deliverer } from './delivery.ts';
import { outcomeOf } from './incoming.ts';
import { outgoingOf } from './outgoing.ts';

export interface DelivererOptions {
  readonly clock: Clock;
  readonly limits?: Partial<HttpClientLimits>;
  /** `User-Agent` of every request. */
  readonly userAgent?: string;
  /** Another client than the deliverer's own: then `limits` is not used. */
  readonly client?: HttpClient;
}

export function createDeliverer(options: DelivererOptions): Deliverer {
  const { clock, userAgent = 'millrace' } = options;
  const client = options.client ?? createHttpClient({ clock, ...(options.limits && { limits: options.limits }) });
  return {
    // One promise and no more: each one is a step through the queue of promises for each event.
    attempt: (attempt: Attempt, signal: AbortSignal) =>
      new Promise<AttemptOutcome>((resolve, reject) => {
        const startMs = clock.monotonic();
        const { target, timeoutMs, ignoresAnswer } = attempt;
        const { headers, body } = outgoingOf(attempt, userAgent);
        const request = { url: target.url, caCerts: target.caCerts, headers, body, timeoutMs };
        client.send(request, signal, (outcome) => {
          try {
            resolve(judge(outcome, clock.monotonic() - startMs, ignoresAnswer));
          } catch (error) {
            reject(error); // A bug, which the engine takes for an attempt without an answer.
          }
        });
      }),
    hasRoom: ({ url, caCerts }, waiter) => client.hasRoom(url, caCerts, waiter),
    close: () => client.close(),
  };
}

function judge(outcome: HttpOutcome, latencyMs: number, ignoresAnswer: boolean | undefined): AttemptOutcome {
  switch (outcome.kind) {
    case 'answer':
      return outcomeOf(outcome, latencyMs, ignoresAnswer);
    case 'failed':
      return { kind: 'no-answer', why: outcome.why, error: outcome.error, latencyMs };
    case 'cancelled':
      return outcome;
  }
}
