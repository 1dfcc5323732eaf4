/** The log contract: retention (L5). */
import { expect } from 'vitest';
import type { AppendOutcome, EventLog, Offset, Retention } from '../../src/log/log.ts';
import {
  abilitiesOf,
  append,
  appendEach,
  type Case,
  commitEverywhere,
  cursor,
  cursorsOf,
  idOf,
  idsIn,
  logCase,
  newRecord,
  plenty,
  readAll,
  readPartition,
  takeAll,
  type World,
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

/** Where the server does retention, `trim` takes nothing: the server takes everything that is there, whoever needs it. */
async function grewOld(log: EventLog, world: World, ms: number): Promise<number> {
  if (abilitiesOf(world).retention === 'held') {
    await world.pass(ms);
    return log.trim();
  }
  const kept = log.partitions.reduce(
    (sum, partition) => sum + log.range(partition).end - log.range(partition).start,
    0,
  );
  expect(await log.trim()).toBe(0);
  await takeAll(log, world);
  return kept;
}

/** What the server took is said to be gone to whoever reads there, and stored cursors stay where they are. */
async function expectGone(world: World, gone: readonly { readonly partition: number; readonly offset: Offset }[]) {
  // What is still in memory may be read: what a new process reads is what there is.
  await world.reopen();
  const log = await world.store.open('log-1', oneHour);
  const before = await cursorsOf(log);
  for (const { partition, offset } of gone) {
    const outcome = await log.read(partition, offset, { records: 1, bytes: 1 });
    const { start, end } = log.range(partition);
    expect(outcome).toEqual({ kind: 'out-of-range', start, end });
    expect(start).toBeGreaterThan(offset);
  }
  expect(await cursorsOf(log)).toEqual(before);
  expect(before.length).toBeGreaterThan(0);
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
      const held = abilitiesOf(world).retention === 'held';
      if (held) await world.pass(2 * hourMs);
      else expect(await grewOld(log, world, 2 * hourMs)).toBe(6);
      const young = newRecord();
      await append(log, young);
      expect(await log.trim()).toBe(held ? 6 : 0);
      // Of what a server took it is known when somebody reads there.
      for (const { partition, offset } of old) await log.read(partition, offset, { records: 1, bytes: 1 });
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
    expect(await grewOld(log, world, 2 * hourMs)).toBe(6);
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
  logCase('L5: age never takes what a cursor has not settled, or it is said to be gone', async (log, world) => {
    log.setRetention(oneHour);
    await commitEverywhere(log, 'slow', (range) => range.start, { detached: true });
    const positions = await appendEach(log, 6);
    if (abilitiesOf(world).retention === 'by the server') {
      expect(await grewOld(log, world, 2 * hourMs)).toBe(6);
      return expectGone(world, positions);
    }
    await world.pass(2 * hourMs);
    expect(await log.trim()).toBe(0);
    expect(await readAll(log)).toHaveLength(6);
    await commitEverywhere(log, 'slow', (range) => range.end, { detached: true });
    expect(await log.trim()).toBe(6);
  }),
  logCase(
    'L5: a pending offset holds itself and what is after it, and nothing before, or is said to be gone',
    async (log, world) => {
      log.setRetention(oneHour);
      for (let left = 6; left > 0; left -= 1) await append(log, newRecord(16, 'same'));
      const records = await readAll(log);
      const { partition } = records[0]!;
      const held = records[3]!.offset;
      const put = [cursor('retrying', partition, log.range(partition).end, { pending: [held] })];
      await log.commit({ put, remove: [], readUpTo: [] });
      if (abilitiesOf(world).retention === 'by the server') {
        expect(await grewOld(log, world, 2 * hourMs)).toBe(6);
        return expectGone(world, [{ partition, offset: held }]);
      }
      await world.pass(2 * hourMs);
      expect(await log.trim()).toBe(3);
      expect(log.range(partition).start).toBe(held);
      expect((await readPartition(log, partition)).map(idOf)).toEqual(records.slice(3).map(idOf));
    },
  ),
  logCase(
    'L5: an attached cursor is past what the shared reader has read; a detached one is not',
    async (log, world) => {
      log.setRetention(oneHour);
      await commitEverywhere(log, 'with-the-reader', (range) => range.start);
      await commitEverywhere(log, 'on-its-own', (range) => range.start, { detached: true });
      const positions = await appendEach(log, 6);
      await log.commit({ put: [], remove: [], readUpTo: everywhere(log) });
      if (abilitiesOf(world).retention === 'by the server') {
        expect(await grewOld(log, world, 2 * hourMs)).toBe(6);
        return expectGone(world, positions);
      }
      await world.pass(2 * hourMs);
      expect(await log.trim()).toBe(0);
      await log.commit({ put: [], remove: ['on-its-own'], readUpTo: [] });
      expect(await log.trim()).toBe(6);
    },
  ),
  logCase('L5: by size the oldest go when nobody needs them, and appends go on', async (log, world) => {
    log.setRetention(small);
    const records = Array.from({ length: 40 }, () => newRecord(10_000));
    for (const record of records.slice(0, -2)) await append(log, record);
    if (abilitiesOf(world).retention === 'by the server') await grewOld(log, world, 0);
    for (const record of records.slice(-2)) await append(log, record);
    await log.trim();
    for (const { partition, start } of log.partitions.map((one) => log.range(one))) {
      await log.read(partition, start, { records: 1, bytes: 1 });
    }
    const bytes = log.partitions.reduce((sum, partition) => sum + log.range(partition).bytes, 0);
    expect(bytes).toBeLessThanOrEqual(small.bytes);
    expect(bytes).toBeGreaterThan(0);
    const ids = await idsIn(log);
    expect(ids).toContain(idOf(records.at(-1)!));
    expect(ids).not.toContain(idOf(records[0]!));
  }),
  logCase(
    'L5: when nothing can go append answers full, names the cursor in the way and keeps nothing; or what goes is said to be gone',
    async (log, world) => {
      log.setRetention(small);
      await commitEverywhere(log, 'stuck', (range) => range.start, { detached: true });
      await commitEverywhere(log, 'quick', (range) => range.start);
      if (abilitiesOf(world).retention === 'by the server') {
        // It does not push back: what it would take is said to be gone.
        const positions = await appendEach(log, 40, 10_000);
        await takeAll(log, world);
        return expectGone(world, positions);
      }
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
  logCase('L5: a limit made larger lets a full log go on', async (log, world) => {
    log.setRetention(small);
    await commitEverywhere(log, 'stuck', (range) => range.start, { detached: true });
    if (abilitiesOf(world).retention === 'held') expect((await appendUntilFull(log, 40)).kind).toBe('full');
    else await appendEach(log, 40, 10_000);
    log.setRetention(plenty);
    await appendEach(log, 5, 10_000);
  }),
  logCase('L5: a limit made smaller takes effect at the next trim, where trim does retention', async (log, world) => {
    await appendEach(log, 30, 10_000);
    log.setRetention(small);
    expect(await readAll(log)).toHaveLength(30);
    const least = abilitiesOf(world).retention === 'held' ? 15 : -1;
    const removed = await log.trim();
    expect(removed).toBeGreaterThan(least);
    if (least < 0) expect(await readAll(log)).toHaveLength(30 - removed);
    expect((await readAll(log)).length).toBeGreaterThan(0);
  }),
];
