import { describe, expect, it } from 'vitest';
import type { AttemptOutcome } from '../../src/delivery/delivery.ts';
import { Pressure } from '../../src/dispatch/pressure.ts';

const accepted: AttemptOutcome = { kind: 'accepted', statusCode: 200, latencyMs: 1 };
const refused = (statusCode: number): AttemptOutcome => ({
  kind: 'refused',
  statusCode,
  latencyMs: 1,
  body: new Uint8Array(),
});
const noAnswer: AttemptOutcome = { kind: 'no-answer', why: 'timeout', error: 'timeout', latencyMs: 1 };

function after(outcomes: readonly AttemptOutcome[]): Pressure {
  const pressure = new Pressure();
  for (const outcome of outcomes) pressure.note(outcome);
  return pressure;
}
const times = (count: number, ...outcomes: readonly AttemptOutcome[]) =>
  Array.from({ length: count }, () => outcomes).flat();

describe('how many deliveries a subscriber may have under way', () => {
  it('all of them while it takes what it gets', () => {
    expect(after(times(100, accepted)).allowed(64)).toBe(64);
    expect(after([]).allowed(1_000)).toBe(1_000);
  });

  it.each([
    ['500', refused(500)],
    ['503', refused(503)],
    ['429', refused(429)],
    ['no answer', noAnswer],
  ])('one when it always fails: %s', (_what, outcome) => {
    expect(after(times(100, outcome)).allowed(64)).toBe(1);
  });

  it('hardly fewer for occasional failures', () => {
    expect(after(times(50, ...times(9, accepted), refused(500))).allowed(64)).toBeGreaterThan(40);
  });

  it.each([400, 404, 409, 422])('an answer of %d is about the event, not about the subscriber', (statusCode) => {
    expect(after(times(100, refused(statusCode))).allowed(64)).toBe(64);
  });

  it('what was cancelled by us says nothing', () => {
    expect(after(times(100, { kind: 'cancelled' })).allowed(64)).toBe(64);
  });

  it('a subscriber that is healed has most of its share back after some thirty attempts', () => {
    const healed = after([...times(200, noAnswer), ...times(32, accepted)]);
    expect(healed.allowed(64)).toBeGreaterThan(45);
  });
});
