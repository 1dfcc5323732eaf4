/** The log contract: cursors. */
import { expect } from 'vitest';
import type { CursorState } from '../../src/log/log.ts';
import {
  abilitiesOf,
  append,
  type Case,
  crashRounds,
  cursor,
  cursorNames,
  cursorsOf,
  logCase,
  newRecord,
  plenty,
  turns,
  worldCase,
} from './contract-world.ts';

const committed = { kind: 'committed' };

export const cursorCases: readonly Case[] = [
  logCase('L4: a log without cursors has none', async (log) => {
    expect(await log.loadCursors(cursorNames)).toEqual({ cursors: [], readUpTo: [] });
  }),
  logCase('L4: a commit is durable when it resolves', async (log, world) => {
    const put = [cursor('a', 0, 7, { pending: [2, 3, 6] }), cursor('b', 0, 5, { detached: true })];
    const readUpTo = [{ partition: 0, offset: 9 }];
    expect(await log.commit({ put, remove: [], readUpTo })).toEqual(committed);
    expect(await cursorsOf(log)).toEqual(put);
    await world.crash();
    const again = await world.store.open('log-1', plenty);
    expect(await cursorsOf(again)).toEqual(put);
    expect((await again.loadCursors(cursorNames)).readUpTo).toEqual(readUpTo);
  }),
  worldCase('L4: a commit that a crash cut off changed all of it or nothing, or cursors first', async (world) => {
    const at = (step: number) => ['a', 'b', 'c', 'd'].map((name) => cursor(name, 0, step));
    for (let round = 0; round < crashRounds; round += 1) {
      const log = await world.store.open(`log-${round}`, plenty);
      const first = await log.commit({ put: at(1), remove: [], readUpTo: [{ partition: 0, offset: 1 }] });
      expect(first.kind).toBe('committed');
      for (let step = 2; step < 12; step += 1) {
        void log.commit({ put: at(step), remove: [], readUpTo: [{ partition: 0, offset: step }] });
      }
      await turns(round);
      await world.crash();
      const stored = await (await world.store.open(`log-${round}`, plenty)).loadCursors(cursorNames);
      const steps = [...stored.cursors.map((state) => state.seenUpTo), ...stored.readUpTo.map((one) => one.offset)];
      expect(stored.cursors).toHaveLength(4);
      if (abilitiesOf(world).atomicCommits) expect(new Set(steps).size).toBe(1);
      // Events come again where a part was kept; none is skipped.
      const read = stored.readUpTo[0]!.offset;
      expect(Math.min(...steps)).toBe(read);
      for (const step of steps) expect(step - read).toBeLessThanOrEqual(1);
    }
  }),
  logCase('L4: a later commit is never overtaken by an earlier one', async (log, world) => {
    const commits = Array.from({ length: 50 }, (_, at) =>
      log.commit({ put: [cursor('a', 0, at + 1)], remove: [], readUpTo: [{ partition: 0, offset: at + 1 }] }),
    );
    expect(new Set((await Promise.all(commits)).map((outcome) => outcome.kind))).toEqual(new Set(['committed']));
    await world.crash();
    const stored = await (await world.store.open('log-1', plenty)).loadCursors(cursorNames);
    expect(stored.cursors).toEqual([cursor('a', 0, 50)]);
    expect(stored.readUpTo).toEqual([{ partition: 0, offset: 50 }]);
  }),
  logCase(
    'L4: of commits a crash cut off a first part is kept, none before an acknowledged one is missing',
    async (log, world) => {
      const commits = Array.from({ length: 30 }, (_, at) =>
        log.commit({ put: [cursor(`c${at}`, 0, at)], remove: [], readUpTo: [] }),
      );
      await commits[9];
      await world.crash();
      const names = new Set((await cursorsOf(await world.store.open('log-1', plenty))).map((state) => state.name));
      expect(names.size).toBeGreaterThanOrEqual(10);
      for (let at = 0; at < names.size; at += 1) expect(names).toContain(`c${at}`);
    },
  ),
  logCase('cursors: a commit changes those it names and no others', async (log) => {
    await log.commit({ put: [cursor('a', 0, 1), cursor('b', 0, 1)], remove: [], readUpTo: [] });
    await log.commit({ put: [cursor('b', 0, 2, { pending: [1] })], remove: [], readUpTo: [] });
    expect(await cursorsOf(log)).toEqual([cursor('a', 0, 1), cursor('b', 0, 2, { pending: [1] })]);
  }),
  logCase('cursors: a detached one can be attached again', async (log, world) => {
    for (const detached of [false, true, false, true]) {
      await log.commit({ put: [cursor('a', 0, 3, { detached })], remove: [], readUpTo: [] });
      expect((await cursorsOf(log))[0]?.detached).toBe(detached);
    }
    await world.reopen();
    expect((await cursorsOf(await world.store.open('log-1', plenty)))[0]?.detached).toBe(true);
  }),
  logCase('cursors: a removed one is gone in all partitions, and can come back', async (log, world) => {
    const everywhere = log.partitions.map((partition) => cursor('a', partition, 4));
    await log.commit({ put: [...everywhere, cursor('b', 0, 4)], remove: [], readUpTo: [] });
    await log.commit({ put: [], remove: ['a', 'never-there'], readUpTo: [] });
    expect(await cursorsOf(log)).toEqual([cursor('b', 0, 4)]);
    await world.crash();
    const again = await world.store.open('log-1', plenty);
    expect(await cursorsOf(again)).toEqual([cursor('b', 0, 4)]);
    await again.commit({ put: [cursor('a', 0, 1)], remove: [], readUpTo: [] });
    expect(await cursorsOf(again)).toEqual([cursor('a', 0, 1), cursor('b', 0, 4)]);
  }),
  logCase('cursors: put, remove and put again without waiting leave the last', async (log) => {
    const outcomes = [
      log.commit({ put: [cursor('a', 0, 1)], remove: [], readUpTo: [] }),
      log.commit({ put: [], remove: ['a'], readUpTo: [] }),
      log.commit({ put: [cursor('a', 0, 3)], remove: [], readUpTo: [] }),
      log.commit({ put: [cursor('b', 0, 3)], remove: [], readUpTo: [] }),
      log.commit({ put: [], remove: ['b'], readUpTo: [] }),
    ];
    await Promise.all(outcomes);
    expect(await cursorsOf(log)).toEqual([cursor('a', 0, 3)]);
  }),
  logCase('cursors: many pending offsets and large ones are kept', async (log, world) => {
    const far = 2 ** 45;
    const state: CursorState = cursor('a', 0, far + 10_000, {
      pending: Array.from({ length: 2_000 }, (_, at) => far + 5 * at),
    });
    await log.commit({ put: [state], remove: [], readUpTo: [] });
    await world.reopen();
    expect(await cursorsOf(await world.store.open('log-1', plenty))).toEqual([state]);
  }),
  logCase('cursors: what the caller does to its own arrays later changes nothing', async (log) => {
    const pending = [1, 2];
    await log.commit({ put: [cursor('a', 0, 3, { pending })], remove: [], readUpTo: [] });
    pending.push(99);
    expect((await cursorsOf(log))[0]?.pending).toEqual([1, 2]);
  }),
  worldCase('cursors: those of one log are not those of another', async (world) => {
    const one = await world.store.open('log-1', plenty);
    const two = await world.store.open('log-2', plenty);
    await one.commit({ put: [cursor('a', 0, 1)], remove: [], readUpTo: [] });
    await two.commit({ put: [cursor('a', 0, 2)], remove: [], readUpTo: [] });
    expect(await cursorsOf(one)).toEqual([cursor('a', 0, 1)]);
    expect(await cursorsOf(two)).toEqual([cursor('a', 0, 2)]);
  }),
  logCase('cursors: appends and commits made together are both kept', async (log, world) => {
    const [, outcome] = await Promise.all([
      append(log, newRecord()),
      log.commit({ put: [cursor('a', 0, 0)], remove: [], readUpTo: [] }),
    ]);
    expect(outcome).toEqual(committed);
    await world.crash();
    const again = await world.store.open('log-1', plenty);
    expect(await cursorsOf(again)).toEqual([cursor('a', 0, 0)]);
    expect(again.partitions.some((partition) => again.range(partition).end > 0)).toBe(true);
  }),
];
