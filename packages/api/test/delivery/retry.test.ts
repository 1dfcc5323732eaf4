/** Retry: status table of reference 13, schedule and Retry-After of 4.2 with design 7. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffMsMax,
  classifyStatus,
  type DeliveryPolicy,
  defaultDeliveryPolicy,
  jitterShare,
  retryAfterMs,
  retryDelayMs,
  waitBeforeRetryMs,
} from '../../src/delivery/index.ts';

const exponential: DeliveryPolicy = { ...defaultDeliveryPolicy, backoffPolicy: 'exponential', backoffDelayMs: 200 };
const linear: DeliveryPolicy = { ...exponential, backoffPolicy: 'linear' };
const now = Date.UTC(2026, 0, 31, 12, 0, 0);

describe('13: retry table of the data-plane specification', () => {
  it.each([200, 201, 202, 204, 299])('%d is a success', (status) => {
    expect(classifyStatus(status)).toBe('success');
  });
  it.each([404, 408, 409, 429, 500, 501, 502, 503, 504, 599])('%d is retried', (status) => {
    expect(classifyStatus(status)).toBe('retry');
  });
  it.each([100, 103, 300, 301, 302, 304, 307, 308, 400, 401, 403, 405, 410, 413, 415, 422, 451])(
    '%d fails without retry',
    (status) => {
      expect(classifyStatus(status)).toBe('fail');
    },
  );
});

describe('design 7: "linear back-off delay·n for retry n = 1, 2, …; exponential delay·2^(n−1)"', () => {
  it('without jitter', () => {
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(linear, attempt, 0))).toEqual([200, 400, 600, 800]);
    expect([1, 2, 3, 4].map((attempt) => retryDelayMs(exponential, attempt, 0))).toEqual([200, 400, 800, 1_600]);
  });

  it('"up to 10 % jitter on top, capped": for every policy, attempt and random number', () => {
    const policies = fc.record({
      kind: fc.constantFrom('linear' as const, 'exponential' as const),
      delay: fc.integer({ min: 0, max: backoffMsMax }),
    });
    const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 2 ** 31 - 1 }), random, ({ kind, delay }, attempt, dice) => {
        const policy = { ...defaultDeliveryPolicy, backoffPolicy: kind, backoffDelayMs: delay };
        const base = retryDelayMs(policy, attempt, 0);
        const wait = retryDelayMs(policy, attempt, dice);
        expect(wait).toBeGreaterThanOrEqual(base);
        expect(wait).toBeLessThanOrEqual(Math.min(base * (1 + jitterShare), backoffMsMax));
        expect(retryDelayMs(policy, attempt + 1, 0)).toBeGreaterThanOrEqual(base);
      }),
    );
  });
});

describe('4.2: Retry-After, "seconds or HTTP date; capped at the maximum"', () => {
  const policy = { ...exponential, retryAfterMaxMs: 60_000 };

  it.each([
    ['5', 5_000],
    [' 5 ', 5_000],
    ['0', 0],
    ['600', 60_000],
    ['99999999999999999999999', 60_000],
    ['Sat, 31 Jan 2026 12:00:07 GMT', 7_000],
    ['Saturday, 31-Jan-26 12:00:07 GMT', 7_000],
    ['Sat Jan 31 12:00:07 2026', 7_000],
    ['Sun Feb  1 12:00:07 2026', 60_000],
    ['Sat, 31 Jan 2026 11:00:00 GMT', 0],
    ['Monday, 31-Jan-94 12:00:07 GMT', 0],
  ])('%j asks for %d ms', (header, ms) => {
    expect(retryAfterMs(header, now, policy)).toBe(ms);
  });

  it.each(['', '-5', '1.5', '5s', 'soon', '2026-01-31T12:00:07Z', 'Sat, 31 Xxx 2026 12:00:07 GMT'])(
    '%j is no usable header',
    (header) => {
      expect(retryAfterMs(header, now, policy)).toBeUndefined();
    },
  );

  it('"PT0S disables"', () => {
    expect(retryAfterMs('5', now, { ...policy, retryAfterMaxMs: 0 })).toBeUndefined();
  });

  it('"for 429 and 503; effective wait = max(backoff, retry-after)"', () => {
    const wait = (status: number, retryAfter?: string) => waitBeforeRetryMs(policy, 1, 0, now, { status, retryAfter });
    expect(wait(429, '3')).toBe(3_000);
    expect(wait(503, '3')).toBe(3_000);
    expect(wait(500, '3')).toBe(200);
    expect(wait(404, '3')).toBe(200);
    expect(wait(503, '0')).toBe(200);
    expect(wait(503)).toBe(200);
    expect(waitBeforeRetryMs(policy, 1, 0, now)).toBe(200);
  });

  it('the maximum caps what is asked for, not the back-off', () => {
    const long = { ...policy, backoffDelayMs: 90_000 };
    expect(waitBeforeRetryMs(long, 1, 0, now, { status: 503, retryAfter: '600' })).toBe(90_000);
  });
});
