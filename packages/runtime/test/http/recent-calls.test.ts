/** How many calls of an origin may be recent, under a virtual clock. */
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import { expect, test } from 'vitest';
import { RecentCalls } from '../../src/http/client/recent-calls.ts';

const ticks = 5;

test('there is room again when a call ends, at once', () => {
  const recent = new RecentCalls(new VirtualClock(), 2, () => {});
  const first = recent.begin();
  expect(recent.hasRoom).toBe(true);
  recent.begin();
  expect(recent.hasRoom).toBe(false);
  recent.end(first);
  expect(recent.hasRoom).toBe(true);
});

test('R2: calls that are not answered within five ticks are recent no more, and their end frees nothing twice', async () => {
  const clock = new VirtualClock();
  let tick = 0;
  const recent = new RecentCalls(clock, 2, () => {
    tick += 1;
    if (!recent.hasRoom) recent.wait();
  });
  const slow = [recent.begin(), recent.begin()];
  recent.wait();
  await clock.advance(ticks - 1);
  expect([tick, recent.hasRoom]).toEqual([ticks - 1, false]);
  await clock.advance(1);
  expect([tick, recent.hasRoom]).toEqual([ticks, true]);
  recent.begin();
  for (const begunAt of slow) recent.end(begunAt);
  recent.begin();
  expect(recent.hasRoom).toBe(false);
});

test('R3: no tick comes while nobody waits', async () => {
  const clock = new VirtualClock();
  let ticked = 0;
  const recent = new RecentCalls(clock, 1, () => {
    ticked += 1;
  });
  recent.begin();
  await clock.advance(100);
  expect(ticked).toBe(0);
  recent.wait();
  recent.wait();
  await clock.advance(100);
  expect(ticked).toBe(1);
});

test('in any order there is room exactly while fewer than the limit are recent', async () => {
  const seed = Math.trunc(Math.random() * 2 ** 31);
  const random = new SeededRandom(seed);
  const clock = new VirtualClock();
  let now = 0;
  const recent = new RecentCalls(clock, 10, () => {
    now += 1;
  });
  let underWay: number[] = [];
  for (let step = 0; step < 5_000; step += 1) {
    if (random.chance(0.5)) {
      recent.begin();
      underWay.push(now);
    } else if (random.chance(0.6) && underWay.length > 0) {
      const at = random.below(underWay.length);
      recent.end(underWay[at] as number);
      underWay = underWay.toSpliced(at, 1);
    } else {
      recent.wait();
      await clock.advance(1);
    }
    const expected = underWay.filter((begunAt) => now - begunAt < ticks).length < 10;
    expect(recent.hasRoom, `seed ${seed}, step ${step}`).toBe(expected);
  }
});
