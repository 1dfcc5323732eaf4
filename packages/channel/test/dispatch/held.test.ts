/** E1: what several triggers hold of one record is held once, whoever read it. */
import { describe, expect, test } from 'vitest';
import { Budget, type Holder } from '../../src/dispatch/budget.ts';
import { type Held, HeldRecords } from '../../src/dispatch/held.ts';
import type { LogRecord } from '../../src/log/log.ts';
import { accepted, Harness, route } from './harness.ts';

function record(offset: number, id = `e${offset}`): LogRecord {
  const event = { specversion: '1.0' as const, attributes: { id, source: '/s', type: 't' } };
  return { event, headers: [], partition: 0, offset, timeMs: 1, bytes: 100 };
}

const holder: Holder = { heldBytes: 0, giveUp: () => false, roomAgain: () => {} };

/** As an own reader does it. */
function read(held: HeldRecords, budget: Budget, one: LogRecord): Held {
  held.share();
  const found = held.of(one);
  expect(budget.fits(holder, found)).toBe(true);
  budget.take(found);
  return found;
}

describe('E1: a record that was read again', () => {
  test('is what is held of it already, and counts once (B2); when nobody holds it any more it is made anew', () => {
    const [held, budget] = [new HeldRecords(), new Budget(1_000)];
    const [first, second] = [read(held, budget, record(7)), read(held, budget, record(7))];
    expect(second).toBe(first);
    expect(budget.usedBytes).toBe(100);
    budget.release(first);
    expect(read(held, budget, record(7))).toBe(first);
    budget.release(first);
    budget.release(first);
    expect(budget.usedBytes).toBe(0);
    expect(read(held, budget, record(7))).not.toBe(first);
  });

  test('is not another event that has its offset, in a log that was made anew', () => {
    const [held, budget] = [new HeldRecords(), new Budget(1_000)];
    const before = read(held, budget, record(7, 'before'));
    const now = read(held, budget, record(7, 'now'));
    expect(now.record.event.attributes.id).toBe('now');
    budget.release(before);
    expect(read(held, budget, record(7, 'now'))).toBe(now);
  });

  test('records that are far apart take each other’s place, and are only not found any more', () => {
    const [held, budget] = [new HeldRecords(), new Budget(1e6)];
    const all = Array.from({ length: 5_000 }, (_, offset) => read(held, budget, record(offset)));
    expect(all.map((one) => one.record.offset)).toEqual(all.map((_, offset) => offset));
    expect(held.of(record(4_999))).toBe(all[4_999]);
    expect(held.of(record(0)).record.offset).toBe(0);
    for (const one of all) budget.release(one);
    expect(budget.usedBytes).toBe(0);
  });
});

test('five triggers that fell behind: each event leaves as one object for all of them', async () => {
  const harness = new Harness();
  harness.answer = () => new Promise((resolve) => void harness.clock.setTimer(1_000, () => resolve(accepted)));
  const five = ['a', 'b', 'c', 'd', 'e'].map((uid) => route(uid, { start: { kind: 'earliest' } }));
  await harness.apply(...five.map((one) => ({ ...one, paused: true })));
  await harness.append(4, { ttl: '9' });
  await harness.apply(...five.map((one) => ({ ...one, revision: 2 })));
  expect(harness.sent).toHaveLength(20);
  for (const id of ['e0', 'e1', 'e2', 'e3']) {
    const events = new Set(harness.sent.filter((one) => one.id === id).map(({ attempt }) => attempt.event));
    expect([id, events.size]).toEqual([id, 1]);
    for (const event of events) expect(event.attributes.knativebrokerttl).toBeUndefined();
  }
  await harness.clock.advance(2_000);
  for (const { uid } of five) expect(harness.view(uid)).toMatchObject({ delivered: 4, lag: 0, inFlight: 0 });
});
