/** The log contract: retention (L5). */
import { expect } from 'vitest';
import type { AppendOutcome, EventLog, Retention } from '../../src/log/log.ts';
import {
  append,
  appendEach,
  type Case,
  commitEverywhere,
  cursor,
  idOf,
  idsIn,
  logCase,
  newRecord,
  plenty,
  readAll,
  readPartition,
} from './contract-world.ts';

const hourMs = 3_600_000;
const oneHour: Retention = { ageMs: hourMs, bytes: plenty.bytes };
/** Room for about ten records of 10,000 bytes in all. */
const small: Retention = { ageMs: plenty.ageMs, bytes: 110_000 };

async function appendUntilFull(log: EventLog, calls: number): Promise<AppendOutcome> {
  for (let left = calls; left > 0; left -= 1) {
    const outcome = await log.append([newRecord(10_000)]);
    if (outcome.kind !== 'appended') return outcome;
  }
  throw new Error(`${calls} appends were taken`);
}

function everywhere(log: EventLog) {
  return log.partitions.map((partition) => ({ partition, offset: log.range(partition).end }));
}

export const retentionCases: readonly Case[] = [
  logCase(
    'L5: by age what is old goes, what is young stays, and a read before the start says so',
    async (log, world) => {
      log.setRetention(oneHour);
      const old = await appendEach(log, 6);
      await world.pass(2 * hourMs);
      const young = newRecord();
      await append(log, young);
      expect(await log.trim()).toBe(6);
      expect(await idsIn(log)).toEqual([idOf(young)]);
      for (const { partition, offset } of old) {
        const { start, end } = log.range(partition);
        expect(start).toBeGreaterThan(offset);
        expect(await log.read(partition, offset, { records: 1, bytes: 1 })).toEqual({
          kind: 'out-of-range',
          start,
          end,
        });
      }
    },
  ),
  logCase('L5: nothing goes before its time', async (log, world) => {
    log.setRetention(oneHour);
    await appendEach(log, 4);
    await world.pass(hourMs / 2);
    expect(await log.trim()).toBe(0);
    expect(await readAll(log)).toHaveLength(4);
  }),
  logCase('L2, L5: when everything went, offsets and time go on, over a restart too', async (log, world) => {
    log.setRetention(oneHour);
    const old = await appendEach(log, 6);
    const lastMs = Math.max(...(await readAll(log)).map((record) => record.timeMs));
    await world.pass(2 * hourMs);
    expect(await log.trim()).toBe(6);
    world.jump(-10 * hourMs);
    await world.reopen();
    const again = await world.store.open('log-1', oneHour);
    for (const { partition, offset } of old) {
      expect(again.range(partition).start).toBeGreaterThan(offset);
      expect(again.range(partition).end).toBe(again.range(partition).start);
    }
    await appendEach(again, 6);
    for (const record of await readAll(again)) {
      const before = old.filter(({ partition }) => partition === record.partition).map(({ offset }) => offset);
      expect(record.offset).toBeGreaterThan(Math.max(-1, ...before));
      expect(record.timeMs).toBeGreaterThanOrEqual(lastMs);
    }
  }),
  logCase('L5: age never takes what a cursor has not settled', async (log, world) => {
    log.setRetention(oneHour);
    await commitEverywhere(log, 'slow', (range) => range.start, { detached: true });
    await appendEach(log, 6);
    await world.pass(2 * hourMs);
    expect(await log.trim()).toBe(0);
    expect(await readAll(log)).toHaveLength(6);
    await commitEverywhere(log, 'slow', (range) => range.end, { detached: true });
    expect(await log.trim()).toBe(6);
  }),
  logCase('L5: a pending offset holds itself and what is after it, and nothing before', async (log, world) => {
    log.setRetention(oneHour);
    for (let left = 6; left > 0; left -= 1) await append(log, newRecord(16, 'same'));
    const records = await readAll(log);
    const { partition } = records[0]!;
    const held = records[3]!.offset;
    const put = [cursor('retrying', partition, log.range(partition).end, { pending: [held] })];
    await log.commit({ put, remove: [], readUpTo: [] });
    await world.pass(2 * hourMs);
    expect(await log.trim()).toBe(3);
    expect(log.range(partition).start).toBe(held);
    expect((await readPartition(log, partition)).map(idOf)).toEqual(records.slice(3).map(idOf));
  }),
  logCase(
    'L5: an attached cursor is past what the shared reader has read; a detached one is not',
    async (log, world) => {
      log.setRetention(oneHour);
      await commitEverywhere(log, 'with-the-reader', (range) => range.start);
      await commitEverywhere(log, 'on-its-own', (range) => range.start, { detached: true });
      await appendEach(log, 6);
      await log.commit({ put: [], remove: [], readUpTo: everywhere(log) });
      await world.pass(2 * hourMs);
      expect(await log.trim()).toBe(0);
      await log.commit({ put: [], remove: ['on-its-own'], readUpTo: [] });
      expect(await log.trim()).toBe(6);
    },
  ),
  logCase('L5: by size the oldest go when nobody needs them, and appends go on', async (log) => {
    log.setRetention(small);
    const records = Array.from({ length: 40 }, () => newRecord(10_000));
    for (const record of records) await append(log, record);
    await log.trim();
    const bytes = log.partitions.reduce((sum, partition) => sum + log.range(partition).bytes, 0);
    expect(bytes).toBeLessThanOrEqual(small.bytes);
    expect(bytes).toBeGreaterThan(0);
    const ids = await idsIn(log);
    expect(ids).toContain(idOf(records.at(-1)!));
    expect(ids).not.toContain(idOf(records[0]!));
  }),
  logCase(
    'L5: when nothing can go append answers full, names the cursor in the way and keeps nothing',
    async (log, world) => {
      log.setRetention(small);
      await commitEverywhere(log, 'stuck', (range) => range.start, { detached: true });
      await commitEverywhere(log, 'quick', (range) => range.start);
      const outcome = await appendUntilFull(log, 40);
      expect(outcome).toMatchObject({ kind: 'full', heldBy: expect.arrayContaining(['stuck']) });
      const before = await idsIn(log);
      expect(before.length).toBeGreaterThan(0);
      await world.reopen();
      const again = await world.store.open('log-1', small);
      expect(await idsIn(again)).toEqual(before);
      await commitEverywhere(again, 'stuck', (range) => range.end, { detached: true });
      await commitEverywhere(again, 'quick', (range) => range.end);
      const late = newRecord(10_000);
      await append(again, late);
      expect(await idsIn(again)).toContain(idOf(late));
    },
  ),
  logCase('L5: a limit made larger lets a full log go on', async (log) => {
    log.setRetention(small);
    await commitEverywhere(log, 'stuck', (range) => range.start, { detached: true });
    expect((await appendUntilFull(log, 40)).kind).toBe('full');
    log.setRetention(plenty);
    await appendEach(log, 5, 10_000);
  }),
  logCase('L5: a limit made smaller takes effect at the next trim', async (log) => {
    await appendEach(log, 30, 10_000);
    log.setRetention(small);
    expect(await readAll(log)).toHaveLength(30);
    expect(await log.trim()).toBeGreaterThan(15);
    expect((await readAll(log)).length).toBeGreaterThan(0);
  }),
];
