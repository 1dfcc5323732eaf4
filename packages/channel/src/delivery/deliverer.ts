/**
 * Delivery over HTTP: one attempt for each call, on the HTTP client port of `packages/runtime`.
 *
 * V1. An attempt never rejects and ends exactly once: with an answer, without one, or cancelled.
 * V2. Nothing is retried here that counts: the engine decides about the next attempt.
 */
import { type Clock, createHttpClient, type HttpClient, type HttpClientLimits } from '@millrace/runtime';
import type { Attempt, AttemptOutcome, Deliverer } from './delivery.ts';
import { outcomeOf } from './incoming.ts';
import { OutgoingRequests } from './outgoing.ts';

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
  const requests = new OutgoingRequests(userAgent);
  const client = options.client ?? createHttpClient({ clock, ...(options.limits && { limits: options.limits }) });
  return {
    async attempt(attempt: Attempt, signal: AbortSignal): Promise<AttemptOutcome> {
      const startMs = clock.monotonic();
      const { url, caCerts } = attempt.target;
      const { headers, body } = requests.of(attempt);
      const outcome = await client.post({ url, caCerts, headers, body, timeoutMs: attempt.timeoutMs }, signal);
      const latencyMs = clock.monotonic() - startMs;
      switch (outcome.kind) {
        case 'answer':
          return outcomeOf(outcome, latencyMs, attempt.ignoresAnswer);
        case 'failed':
          return { kind: 'no-answer', why: outcome.why, error: outcome.error, latencyMs };
        case 'cancelled':
          return outcome;
      }
    },
    close: () => client.close(),
  };
}
