/**
 * DeliverySpec: from what an object says to numbers, and which of two objects decides.
 *
 * Source: reference sections 4.1 and 4.4; design section 7 (every field is honoured wherever a DeliverySpec is accepted).
 */
import type { BackoffPolicy, DeliveryPolicy, Target } from './delivery.ts';
import type { Destination } from './destination.ts';
import { parseDuration } from './duration.ts';

/** `spec.delivery` as objects hold it. Durations are ISO 8601 text. */
export interface DeliverySpec {
  readonly deadLetterSink?: Destination;
  readonly retry?: number;
  readonly timeout?: string;
  readonly backoffPolicy?: BackoffPolicy;
  readonly backoffDelay?: string;
  readonly retryAfterMax?: string;
  readonly format?: 'json' | 'binary';
}

/**
 * Limit of one attempt when the object names none. Knative's core has no limit and its Kafka broker ten minutes; with
 * neither a hanging subscriber would give its slot back soon. Thirty seconds is what HTTP servers commonly allow a request.
 */
export const timeoutMsDefault = 30_000;

/** The longest Retry-After honoured when the object names none. Longer, and one answer could stop a Trigger for a day. */
export const retryAfterMaxMsDefault = 30_000;

/** Back-off when only `retry` is set: exponential from 0.2 s, as Knative's Kafka broker and its shipped defaults have it. */
export const backoffPolicyDefault: BackoffPolicy = 'exponential';
export const backoffDelayMsDefault = 200;

/** `retry` is a 32-bit integer in Knative's types. */
export const retriesMax = 2_147_483_647;

/** An attempt that may take more than a day is a job, not a delivery: its slot would be held that long. */
export const timeoutMsMax = 24 * 3_600_000;

/** A wait of more than a day between attempts is a schedule. Also the cap of every computed wait. */
export const backoffMsMax = 24 * 3_600_000;

/** The policy of an object with no DeliverySpec at all: one attempt. */
export const defaultDeliveryPolicy: DeliveryPolicy = {
  retryMax: 0,
  backoffPolicy: backoffPolicyDefault,
  backoffDelayMs: backoffDelayMsDefault,
  timeoutMs: timeoutMsDefault,
  retryAfterMaxMs: retryAfterMaxMsDefault,
};

/** What is wrong with one field of a DeliverySpec. */
export interface DeliveryProblem {
  readonly field: Exclude<keyof DeliverySpec, 'deadLetterSink'>;
  readonly value: unknown;
  /** What was expected, in one sentence. */
  readonly expected: string;
}

export type DeliveryResult =
  | { readonly kind: 'ok'; readonly policy: DeliveryPolicy }
  | { readonly kind: 'error'; readonly problems: readonly DeliveryProblem[] };

/** Reads a duration field; `zero` says whether zero is allowed. Returns the problem as text. */
function durationField(text: unknown, limitMs: number, zero: boolean): number | string {
  if (typeof text !== 'string') return 'expected an ISO 8601 duration such as PT0.2S';
  const parsed = parseDuration(text);
  if (parsed.kind === 'error') return parsed.message;
  if (parsed.ms < 0) return 'the duration must not be negative';
  if (parsed.ms === 0 && !zero) return 'the duration must be greater than zero';
  if (parsed.ms > limitMs) return `the duration must be at most ${limitMs / 3_600_000} hours`;
  return parsed.ms;
}

/**
 * Resolves a DeliverySpec to numbers, with the defaults of this file for what it leaves out. The dead letter sink is not
 * looked at: it is a reference that somebody else resolves.
 */
export function parseDeliverySpec(spec: DeliverySpec | undefined): DeliveryResult {
  if (spec === undefined) return { kind: 'ok', policy: defaultDeliveryPolicy };
  const problems: DeliveryProblem[] = [];
  const duration = (field: 'timeout' | 'backoffDelay' | 'retryAfterMax', fallback: number, limitMs: number): number => {
    if (spec[field] === undefined) return fallback;
    const value = durationField(spec[field], limitMs, field !== 'timeout');
    if (typeof value === 'number') return value;
    problems.push({ field, value: spec[field], expected: value });
    return fallback;
  };

  const { retry = 0, backoffPolicy = backoffPolicyDefault, format } = spec;
  if (!Number.isInteger(retry) || retry < 0 || retry > retriesMax) {
    problems.push({ field: 'retry', value: retry, expected: `expected an integer from 0 to ${retriesMax}` });
  }
  const timeoutMs = duration('timeout', timeoutMsDefault, timeoutMsMax);
  if (backoffPolicy !== 'linear' && backoffPolicy !== 'exponential') {
    problems.push({ field: 'backoffPolicy', value: backoffPolicy, expected: 'expected "linear" or "exponential"' });
  }
  const backoffDelayMs = duration('backoffDelay', backoffDelayMsDefault, backoffMsMax);
  const retryAfterMaxMs = duration('retryAfterMax', retryAfterMaxMsDefault, backoffMsMax);
  if (format !== undefined && format !== 'json' && format !== 'binary') {
    problems.push({ field: 'format', value: format, expected: 'expected "json" or "binary"' });
  }
  if (problems.length > 0) return { kind: 'error', problems };
  const policy = { retryMax: retry, backoffPolicy, backoffDelayMs, timeoutMs, retryAfterMaxMs };
  return { kind: 'ok', policy: format === undefined ? policy : { ...policy, format } };
}

/** What one object says about delivery: its spec, and where its dead letter sink is (absent: not resolved, or none). */
export interface DeliveryLayer {
  readonly spec?: DeliverySpec | undefined;
  readonly deadLetterSink?: Target | undefined;
}

/** What holds for a Trigger once its Broker has been asked. */
export interface MergedDelivery {
  readonly spec: DeliverySpec | undefined;
  readonly deadLetterSink?: Target;
}

/**
 * Which delivery holds for a Trigger: its own spec replaces the Broker's completely, and without one the Broker's holds.
 * Only the dead letter sink falls back field by field: a Trigger that names none uses the Broker's resolved one. A Trigger
 * that names one which is not resolved has none: its failures must not end where its author did not send them.
 */
export function mergeDelivery(trigger: DeliveryLayer, broker: DeliveryLayer): MergedDelivery {
  const spec = trigger.spec ?? broker.spec;
  const sink = trigger.spec?.deadLetterSink === undefined ? broker.deadLetterSink : trigger.deadLetterSink;
  return sink === undefined ? { spec } : { spec, deadLetterSink: sink };
}
