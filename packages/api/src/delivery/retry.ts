/**
 * When an attempt is made again, and after what wait.
 *
 * Source: data-plane specification's table of status codes (reference section 13), reference section 4.2; design section 7
 * (back-off, jitter, Retry-After).
 */
import type { DeliveryPolicy } from './delivery.ts';
import { backoffMsMax } from './spec.ts';

/** What a status code means for a delivery. No response at all (refused, reset, timed out) counts as `retry`. */
export type DeliveryVerdict = 'success' | 'retry' | 'fail';

/** Codes below 500 that are worth another attempt: not found yet, timed out, conflict, too many requests. */
const retriedStatuses: ReadonlySet<number> = new Set([404, 408, 409, 429]);

/** Codes whose Retry-After is listened to. */
const retryAfterStatuses: ReadonlySet<number> = new Set([429, 503]);

/** Up to this share is added to a wait, so that many events that failed together do not come back together. */
export const jitterShare = 0.1;

/** What a status code means for a delivery, by the table of the data-plane specification (reference section 13). */
export function classifyStatus(status: number): DeliveryVerdict {
  if (status >= 200 && status < 300) return 'success';
  return status >= 500 || retriedStatuses.has(status) ? 'retry' : 'fail';
}

/**
 * The wait before retry `attempt` (1 for the first retry): linear `delay·n`, exponential `delay·2^(n−1)`, plus jitter,
 * never more than `backoffMsMax`.
 *
 * @param random a number in [0, 1).
 * @returns milliseconds.
 */
export function retryDelayMs(policy: DeliveryPolicy, attempt: number, random: number): number {
  if (policy.backoffDelayMs === 0) return 0;
  const factor = policy.backoffPolicy === 'linear' ? attempt : 2 ** (attempt - 1);
  return Math.min(policy.backoffDelayMs * factor * (1 + jitterShare * random), backoffMsMax);
}

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const clockPattern = '(?<h>\\d\\d):(?<m>\\d\\d):(?<s>\\d\\d)';
/** The three forms of RFC 9110 section 5.6.7: IMF-fixdate, RFC 850, asctime. */
const httpDateForms = [
  new RegExp(`^[A-Z][a-z]{2}, (?<day>\\d\\d) (?<month>[A-Z][a-z]{2}) (?<year>\\d{4}) ${clockPattern} GMT$`),
  new RegExp(`^[A-Z][a-z]{5,8}, (?<day>\\d\\d)-(?<month>[A-Z][a-z]{2})-(?<year>\\d\\d) ${clockPattern} GMT$`),
  new RegExp(`^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \\d]\\d) ${clockPattern} (?<year>\\d{4})$`),
];

/** A year of two digits that seems more than fifty years ahead is the most recent one that ends so (RFC 9110). */
function fullYear(digits: string, nowMs: number): number {
  if (digits.length === 4) return Number(digits);
  const thisYear = new Date(nowMs).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}

function parseHttpDate(text: string, nowMs: number): number | undefined {
  for (const form of httpDateForms) {
    const groups = form.exec(text)?.groups;
    if (groups === undefined) continue;
    const { day = '', month = '', year = '', h = '', m = '', s = '' } = groups;
    const monthIndex = monthNames.indexOf(month);
    if (monthIndex < 0) return undefined;
    return Date.UTC(fullYear(year, nowMs), monthIndex, Number(day), Number(h), Number(m), Number(s));
  }
  return undefined;
}

/**
 * The wait a Retry-After header asks for, capped at the policy's `retryAfterMaxMs`. A date that is past asks for none.
 *
 * @returns milliseconds; undefined when there is no usable header or the policy ignores it.
 */
export function retryAfterMs(header: string | undefined, nowMs: number, policy: DeliveryPolicy): number | undefined {
  if (header === undefined || policy.retryAfterMaxMs === 0) return undefined;
  const text = header.trim();
  const dateMs = parseHttpDate(text, nowMs);
  const asked = /^\d+$/.test(text) ? Number(text) * 1_000 : dateMs === undefined ? undefined : dateMs - nowMs;
  if (asked === undefined) return undefined;
  return Math.min(Math.max(asked, 0), policy.retryAfterMaxMs);
}

/** The response that made an attempt fail, as far as the next wait depends on it. */
export interface RetryHint {
  readonly status: number;
  readonly retryAfter?: string | undefined;
}

/**
 * The wait before retry `attempt`: the back-off, or what a 429 or 503 asked for when that is longer.
 *
 * @param hint absent when there was no response.
 */
export function waitBeforeRetryMs(
  policy: DeliveryPolicy,
  attempt: number,
  random: number,
  nowMs: number,
  hint?: RetryHint,
): number {
  const backoff = retryDelayMs(policy, attempt, random);
  if (hint === undefined || !retryAfterStatuses.has(hint.status)) return backoff;
  return Math.max(backoff, retryAfterMs(hint.retryAfter, nowMs, policy) ?? 0);
}
