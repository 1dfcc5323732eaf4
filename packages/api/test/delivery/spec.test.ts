/** DeliverySpec: rules of reference 4.1, precedence of 4.4, differences of design 7. */
import { describe, expect, it } from 'vitest';
import {
  backoffDelayMsDefault,
  type DeliverySpec,
  defaultDeliveryPolicy,
  mergeDelivery,
  parseDeliverySpec,
  retryAfterMaxMsDefault,
  timeoutMsDefault,
} from '../../src/delivery/index.ts';

function policyOf(spec: DeliverySpec | undefined) {
  const parsed = parseDeliverySpec(spec);
  if (parsed.kind === 'error') throw new Error(JSON.stringify(parsed.problems));
  return parsed.policy;
}

describe('defaults', () => {
  it('without a spec there is one attempt, with a time limit', () => {
    expect(policyOf(undefined)).toEqual(defaultDeliveryPolicy);
    expect(defaultDeliveryPolicy).toMatchObject({ retryMax: 0, timeoutMs: timeoutMsDefault });
  });

  it('4.4: "backoffDelay 200 ms and policy exponential when only retry is set"', () => {
    expect(policyOf({ retry: 3 })).toMatchObject({
      retryMax: 3,
      backoffPolicy: 'exponential',
      backoffDelayMs: backoffDelayMsDefault,
    });
    expect(backoffDelayMsDefault).toBe(200);
  });

  it('design 7: "Retry-After honoured by default up to retryAfterMax, or 30 s"', () => {
    expect(policyOf({}).retryAfterMaxMs).toBe(30_000);
    expect(retryAfterMaxMsDefault).toBe(30_000);
    expect(policyOf({ retryAfterMax: 'PT0S' }).retryAfterMaxMs).toBe(0);
  });

  it('reads every field, with full precision', () => {
    const spec: DeliverySpec = {
      retry: 5,
      timeout: 'PT1.5S',
      backoffPolicy: 'linear',
      backoffDelay: 'PT0.05S',
      retryAfterMax: 'PT2M',
      format: 'json',
    };
    expect(policyOf(spec)).toEqual({
      retryMax: 5,
      timeoutMs: 1_500,
      backoffPolicy: 'linear',
      backoffDelayMs: 50,
      retryAfterMaxMs: 120_000,
      format: 'json',
    });
  });
});

describe('4.1: what a field may not be', () => {
  it.each([
    ['retry', -1],
    ['retry', 1.5],
    ['retry', 2 ** 31],
    ['timeout', 'PT0S'],
    ['timeout', '-PT1S'],
    ['timeout', '5s'],
    ['timeout', 'P2D'],
    ['backoffPolicy', 'quadratic'],
    ['backoffDelay', '200ms'],
    ['backoffDelay', '-PT1S'],
    ['backoffDelay', 'P400D'],
    ['retryAfterMax', '-PT1S'],
    ['format', 'JSON'],
    ['timeout', 5],
  ])('%s: %j', (field, value) => {
    const parsed = parseDeliverySpec({ [field]: value } as DeliverySpec);
    expect(parsed).toMatchObject({ kind: 'error', problems: [{ field, value }] });
  });

  it('all problems are told at once', () => {
    const parsed = parseDeliverySpec({ retry: -1, timeout: 'x', backoffDelay: 'y' });
    expect(parsed.kind === 'error' ? parsed.problems.map(({ field }) => field) : []).toEqual([
      'retry',
      'timeout',
      'backoffDelay',
    ]);
  });
});

describe('4.4: Trigger over Broker', () => {
  const brokerSink = { url: 'http://broker-dls/' };
  const triggerSink = { url: 'http://trigger-dls/' };
  const sinkRef = { uri: 'http://trigger-dls/' };
  const broker = { spec: { retry: 10, timeout: 'PT9S' }, deadLetterSink: brokerSink };

  it('"trigger.spec.delivery nil → the Broker\'s whole spec"', () => {
    expect(mergeDelivery({}, broker)).toEqual({ spec: broker.spec, deadLetterSink: brokerSink });
  });

  it('"non-nil → replaces it completely", retries and timeout included', () => {
    expect(mergeDelivery({ spec: { backoffPolicy: 'linear' } }, broker).spec).toEqual({ backoffPolicy: 'linear' });
  });

  it('"an unset DLS still falls back to the Broker\'s DLS"', () => {
    expect(mergeDelivery({ spec: { retry: 1 } }, broker).deadLetterSink).toEqual(brokerSink);
  });

  it("the Trigger's own dead letter sink wins", () => {
    const merged = mergeDelivery({ spec: { deadLetterSink: sinkRef }, deadLetterSink: triggerSink }, broker);
    expect(merged.deadLetterSink).toEqual(triggerSink);
  });

  it("a Trigger's own dead letter sink that is not resolved is not replaced by the Broker's", () => {
    expect(mergeDelivery({ spec: { deadLetterSink: sinkRef } }, broker)).not.toHaveProperty('deadLetterSink');
  });

  it('with neither there is none', () => {
    expect(mergeDelivery({}, {})).toEqual({ spec: undefined });
  });
});
