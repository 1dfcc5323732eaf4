/** The work queue by its invariants Q1–Q4. */
import { SeededRandom, settlePromises, VirtualClock } from '@millrace/testkit';
import { describe, expect, test } from 'vitest';
import { WorkQueue } from '../../src/queue/work-queue.ts';

const make = (clock = new VirtualClock(), seed = 1) => ({
  clock,
  queue: new WorkQueue<string>({ clock, random: new SeededRandom(seed) }),
});

describe('work queue', () => {
  test('Q1: a key is in the queue once, in the order of its first add', async () => {
    const { queue } = make();
    for (const key of ['a', 'b', 'a', 'b', 'a']) queue.add(key);
    expect(queue.length).toBe(2);
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
  });

  test('Q2: a key added while it is processed comes again when that is done, once', async () => {
    const { queue } = make();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    let again: string | undefined;
    const taking = queue.take().then((key) => {
      again = key;
    });
    await settlePromises();
    expect(again).toBeUndefined();
    queue.done('a');
    await taking;
    expect(again).toBe('a');
    queue.done('a');
    expect(queue.isIdle).toBe(true);
  });

  test('Q3: failures wait longer each time, up to half a minute; forget begins anew', async () => {
    const { queue } = make();
    const delays = Array.from({ length: 20 }, () => queue.retry('a'));
    expect(delays[0]).toBeLessThanOrEqual(20);
    for (const [index, delayMs] of delays.entries()) {
      const fullMs = Math.min(20 * 2 ** index, 30_000);
      expect(delayMs).toBeGreaterThanOrEqual(fullMs * 0.8);
      expect(delayMs).toBeLessThanOrEqual(fullMs);
    }
    queue.forget('a');
    expect(queue.retry('a')).toBeLessThanOrEqual(20);
  });

  test('Q3: an add does not wait for the back-off', async () => {
    const { queue, clock } = make();
    queue.addAfter('a', 10_000);
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.done('a');
    await clock.advance(20_000);
    expect(queue.length).toBe(0);
  });

  test('Q4: a thousand delayed keys are one timer', async () => {
    const { queue, clock } = make();
    for (let index = 0; index < 1_000; index++) queue.addAfter(`k${index}`, 1_000 - index);
    expect(clock.pending).toBe(1);
    await clock.advance(1_000);
    expect(queue.length).toBe(1_000);
    expect(clock.pending).toBe(0);
  });

  test('close gives takers nothing and takes nothing more', async () => {
    const { queue, clock } = make();
    const taken = queue.take();
    queue.addAfter('a', 10);
    queue.close();
    queue.add('b');
    expect(await taken).toBeUndefined();
    expect(await queue.take()).toBeUndefined();
    expect(clock.pending).toBe(0);
  });
});

/** What a fuzz run saw that must not be. */
async function fuzz(seed: number, spoil: (queue: WorkQueue<string>) => WorkQueue<string> = (queue) => queue) {
  const clock = new VirtualClock();
  const random = new SeededRandom(seed);
  const queue = spoil(new WorkQueue<string>({ clock, random }));
  const keys = Array.from({ length: 12 }, (_, index) => `k${index}`);
  const processing = new Set<string>();
  /** Adds of a key that no later take has answered. */
  const owed = new Map<string, number>();
  const violations: string[] = [];
  let running = true;

  async function consume(): Promise<void> {
    for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
      if (processing.has(key)) violations.push(`Q2: ${key} with two workers`);
      processing.add(key);
      owed.delete(key);
      await new Promise<void>((resolve) => clock.setTimer(random.below(30), resolve));
      processing.delete(key);
      if (running && random.chance(0.2)) queue.retry(key);
      else queue.forget(key);
      queue.done(key);
    }
  }
  const consumers = Array.from({ length: 6 }, consume);
  for (let step = 0; step < 600; step++) {
    const key = random.pick(keys);
    if (random.chance(0.7)) {
      queue.add(key);
      owed.set(key, step);
    } else queue.addAfter(key, random.below(200));
    if (queue.length > keys.length) violations.push(`Q1: ${queue.length} keys wait`);
    await clock.advance(random.below(8));
  }
  running = false;
  for (let step = 0; step < 400; step++) await clock.advance(100);
  for (const key of owed.keys()) violations.push(`Q2: an add of ${key} was lost`);
  if (!queue.isIdle) violations.push('liveness: not idle in the end');
  queue.close();
  await Promise.all(consumers);
  return violations;
}

describe('fuzz: producers and workers', () => {
  test.each(Array.from({ length: 40 }, (_, index) => index + 1))('seed %i keeps Q1 and Q2', async (seed) => {
    expect(await fuzz(seed)).toEqual([]);
  });

  test('canary: a queue that loses adds of keys under way is caught', async () => {
    const lossy = (queue: WorkQueue<string>) => {
      const busy = new Set<string>();
      const [take, done, add] = [queue.take.bind(queue), queue.done.bind(queue), queue.add.bind(queue)];
      queue.take = async () => {
        const key = await take();
        if (key !== undefined) busy.add(key);
        return key;
      };
      queue.done = (key) => {
        busy.delete(key);
        done(key);
      };
      queue.add = (key) => {
        if (!busy.has(key)) add(key);
      };
      return queue;
    };
    expect((await fuzz(3, lossy)).some((violation) => violation.startsWith('Q2'))).toBe(true);
  });
});
