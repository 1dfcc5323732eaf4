import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Budget, type Holder } from '../../src/dispatch/budget.ts';
import { Held } from '../../src/dispatch/held.ts';
import type { LogRecord } from '../../src/log/log.ts';

const LIMIT = 1_000;

function record(bytes: number): LogRecord {
  const event = { specversion: '1.0' as const, attributes: {} };
  return { event, headers: [], partition: 0, offset: 0, timeMs: 0, bytes };
}

class Hoarder implements Holder {
  heldBytes = 0;
  readonly held: Held[] = [];
  readonly budget: Budget;
  wants = 0;

  constructor(budget: Budget) {
    this.budget = budget;
  }

  /** Takes one of this size, or waits for it. */
  take(held: Held): boolean {
    if (!this.budget.fits(this, held)) {
      this.budget.wait(this, held.bytes);
      return false;
    }
    this.budget.take(held);
    this.heldBytes += held.bytes;
    this.held.push(held);
    return true;
  }

  release(): void {
    const held = this.held.shift();
    if (!held) return;
    this.heldBytes -= held.bytes;
    this.budget.release(held);
  }

  giveUp(): boolean {
    if (this.held.length === 0) return false;
    this.release();
    return true;
  }

  roomAgain(): void {
    if (this.wants > 0) this.take(new Held(record(this.wants)));
  }
}

describe('the byte budget', () => {
  test('is never exceeded but by one event that is larger than all of it (B1)', () => {
    const step = fc.record({ holder: fc.nat(5), bytes: fc.integer({ min: 1, max: 1_500 }), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const budget = new Budget(LIMIT);
        const holders = Array.from({ length: 6 }, () => new Hoarder(budget));
        for (const { holder, bytes, release } of steps) {
          if (release) holders[holder]!.release();
          else holders[holder]!.take(new Held(record(bytes)));
          const held = holders.flatMap((each) => each.held);
          expect(budget.usedBytes).toBe(held.reduce((sum, each) => sum + each.bytes, 0));
          expect(budget.usedBytes <= LIMIT || held.length === 1).toBe(true);
        }
      }),
      { seed: 20_261_121, numRuns: 300 },
    );
  });

  test('an event that several hold is counted once (B2)', () => {
    const budget = new Budget(LIMIT);
    const held = new Held(record(900));
    const holders = Array.from({ length: 5 }, () => new Hoarder(budget));
    for (const holder of holders) expect(holder.take(held)).toBe(true);
    expect(budget.usedBytes).toBe(900);
    for (const holder of holders) holder.release();
    expect(budget.usedBytes).toBe(0);
  });

  test('one that hoards leaves half of what it found to the others (B3)', () => {
    const budget = new Budget(LIMIT);
    for (const left of [500, 250, 120]) {
      const hoarder = new Hoarder(budget);
      while (hoarder.take(new Held(record(10)))) expect(budget.usedBytes).toBeLessThanOrEqual(LIMIT - left);
      expect(LIMIT - budget.usedBytes).toBe(left);
    }
  });

  test('who was refused gets room as soon as there is, or somebody can make some (B4)', async () => {
    const budget = new Budget(LIMIT);
    const first = new Hoarder(budget);
    const second = new Hoarder(budget);
    second.wants = 600;
    expect(first.take(new Held(record(800)))).toBe(true);
    expect(second.take(new Held(record(600)))).toBe(false);
    budget.mayGiveUp(first);
    await Promise.resolve();
    expect(first.held).toEqual([]);
    expect(second.heldBytes).toBe(600);
  });
});
