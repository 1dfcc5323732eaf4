/** The memory log's crash: an honest model of what a power cut leaves, for simulated worlds. */
import { SeededRandom, VirtualClock } from '@millrace/testkit';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AppendOutcome } from '../../../src/log/log.ts';
import { MemoryLogStore } from '../../../src/log/memory/index.ts';
import { append, cursor, cursorsOf, idOf, idsIn, newRecord, plenty } from '../contract-world.ts';

function slowStore(seed: number, delayMs: number) {
  const clock = new VirtualClock();
  const store = new MemoryLogStore({ clock, random: new SeededRandom(seed), durableDelayMs: () => delayMs });
  return { clock, store };
}

describe('MemoryLogStore.crash', () => {
  it('M2: with a delay nothing is durable, readable or acknowledged before it has passed', async () => {
    const { clock, store } = slowStore(1, 5);
    const log = await store.open('log', plenty);
    let outcome: AppendOutcome | undefined;
    void log.append([newRecord()]).then((done) => {
      outcome = done;
    });
    await clock.advance(4);
    expect([outcome, log.range(0).end]).toEqual([undefined, 0]);
    await clock.advance(1);
    expect([outcome?.kind, log.range(0).end]).toEqual(['appended', 1]);
  });

  it('M1: what is asked for while a group is under way is in the next one', async () => {
    const { clock, store } = slowStore(1, 5);
    const log = await store.open('log', plenty);
    const done: number[] = [];
    for (let at = 0; at < 3; at += 1) {
      void log.append([newRecord()]).then(() => done.push(clock.monotonic()));
      await clock.advance(1);
    }
    await clock.advance(20);
    expect(done).toEqual([5, 10, 10]);
  });

  it('M3: after a crash acknowledged records are there, the rest as a first part; old promises never resolve', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 1, max: 8 }),
        async (seed, afterMs, delayMs) => {
          const { clock, store } = slowStore(seed, delayMs);
          const log = await store.open('log', plenty);
          const records = Array.from({ length: 10 }, () => newRecord());
          const acknowledged: string[] = [];
          let crashed = false;
          for (const record of records) {
            void log.append([record]).then(() => {
              expect(crashed).toBe(false);
              acknowledged.push(idOf(record));
            });
            await clock.advance(1);
          }
          await clock.advance(afterMs);
          store.crash();
          crashed = true;
          await clock.advance(1_000);
          const again = await store.open('log', plenty);
          const kept = await idsIn(again);
          expect(kept).toEqual(records.slice(0, kept.length).map(idOf).sort());
          for (const id of acknowledged) expect(kept).toContain(id);
        },
      ),
      { seed: 7, numRuns: 60 },
    );
  });

  it('the random source decides: of the same appends some seeds keep none, some keep all', async () => {
    const kept = new Set<number>();
    for (let seed = 0; seed < 40; seed += 1) {
      const { store } = slowStore(seed, 5);
      const log = await store.open('log', plenty);
      for (let at = 0; at < 3; at += 1) void log.append([newRecord()]);
      store.crash();
      kept.add((await idsIn(await store.open('log', plenty))).length);
    }
    expect([...kept].sort()).toEqual([0, 1, 2, 3]);
  });

  it('M3: a dead log changes nothing that is durable', async () => {
    const { clock, store } = slowStore(3, 0);
    const log = await store.open('log', plenty);
    await append(log, newRecord());
    store.crash();
    void log.append([newRecord()]);
    void log.commit({ put: [cursor('a', 0, 1)], remove: [], readUpTo: [] });
    log.setRetention({ ageMs: 0, bytes: 0 });
    void log.trim();
    await clock.advance(100);
    const again = await store.open('log', plenty);
    expect(again.range(0).end).toBe(1);
    expect(await cursorsOf(again)).toEqual([]);
  });

  it('faults: a failed append is not acknowledged, and is there only when it was kept', async () => {
    const faults = [
      { outcome: { kind: 'failed', reason: 'lost answer' } as const, kept: true },
      { outcome: { kind: 'full', reason: 'no space', heldBy: [] } as const },
      undefined,
    ];
    const store = new MemoryLogStore({ faults: { append: () => faults.shift() } });
    const log = await store.open('log', plenty);
    const records = [newRecord(), newRecord(), newRecord()];
    const outcomes = [];
    for (const record of records) outcomes.push((await log.append([record])).kind);
    expect(outcomes).toEqual(['failed', 'full', 'appended']);
    expect(await idsIn(log)).toEqual([records[0]!, records[2]!].map(idOf).sort());
  });

  it('faults: commits fail, reads fail and are slow', async () => {
    const clock = new VirtualClock();
    const read = [
      { kind: 'fails', outcome: { kind: 'failed', reason: 'disk' } } as const,
      { kind: 'slow', delayMs: 50 } as const,
    ];
    const commit = [{ outcome: { kind: 'failed', reason: 'disk' } } as const];
    const store = new MemoryLogStore({ clock, faults: { read: () => read.shift(), commit: () => commit.shift() } });
    const log = await store.open('log', plenty);
    await append(log, newRecord());
    const change = { put: [cursor('a', 0, 1)], remove: [], readUpTo: [] };
    expect(await log.commit(change)).toEqual({ kind: 'failed', reason: 'disk' });
    expect(await cursorsOf(log)).toEqual([]);
    expect(await log.commit(change)).toEqual({ kind: 'committed' });
    expect(await log.read(0, 0, { records: 1, bytes: 1 })).toEqual({ kind: 'failed', reason: 'disk' });
    let slow: unknown;
    void Promise.resolve(log.read(0, 0, { records: 1, bytes: 1 })).then((outcome) => {
      slow = outcome;
    });
    await clock.advance(49);
    expect(slow).toBeUndefined();
    await clock.advance(1);
    expect(slow).toMatchObject({ kind: 'records', next: 1 });
  });
});
