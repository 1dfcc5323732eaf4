/** The log contract: appending, reading, time, the store. */
import { expect } from 'vitest';
import type { NewRecord } from '../../src/log/log.ts';
import {
  abilitiesOf,
  append,
  appendEach,
  type Case,
  crashRounds,
  cursorNames,
  idOf,
  idsIn,
  logCase,
  newEvent,
  newRecord,
  plenty,
  readAll,
  readFrom,
  readPartition,
  turns,
  worldCase,
} from './contract-world.ts';

const mib = 1024 ** 2;
const bytes = (...values: number[]) => new Uint8Array(values);

/** Events with everything that must come back as it was. */
const exactEvents: readonly { readonly what: string; readonly record: NewRecord }[] = [
  { what: 'no data', record: { event: newEvent(), headers: [] } },
  { what: 'empty data', record: { event: newEvent(bytes()), headers: [] } },
  { what: 'bytes that are not UTF-8', record: { event: newEvent(bytes(0, 255, 128, 10, 192)), headers: [] } },
  {
    what: 'attributes of any text',
    record: { event: newEvent(undefined, { subject: '', ext1: 'žluť 😀 "\\', '0ext': ' x ' }), headers: [] },
  },
  { what: 'version 0.3', record: { event: { ...newEvent(bytes(1)), specversion: '0.3' }, headers: [] } },
  {
    what: 'types and form of structured mode',
    record: {
      event: {
        ...newEvent(bytes(49, 46, 48), { n: '5', b: 'true' }),
        nonString: { n: 'Integer', b: 'Boolean' },
        dataForm: 'json',
      },
      headers: [],
    },
  },
  { what: 'headers', record: { event: newEvent(), headers: ['traceparent', '00-1-2-01', 'x-empty', ''] } },
  { what: 'a key', record: { event: newEvent(undefined, { partitionkey: 'a' }), headers: [], key: 'a' } },
];

export const appendCases: readonly Case[] = [
  logCase('L1: what append acknowledged is there after a crash', async (log, world) => {
    const records = Array.from({ length: 40 }, () => newRecord());
    await Promise.all(records.map((record) => append(log, record)));
    await world.crash();
    expect(await idsIn(await world.store.open('log-1', plenty))).toEqual(records.map(idOf).sort());
  }),
  worldCase('L1: records of one call become durable together or not at all', async (world) => {
    for (let round = 0; round < crashRounds; round += 1) {
      const log = await world.store.open(`log-${round}`, plenty);
      const groups = Array.from({ length: 12 }, () => [newRecord(), newRecord(), newRecord()]);
      for (const group of groups) void log.append(group);
      await turns(round);
      await world.crash();
      const ids = new Set(await idsIn(await world.store.open(`log-${round}`, plenty)));
      const kept = groups.map((group) => group.filter((record) => ids.has(idOf(record))).length);
      expect(kept.filter((count) => count !== 0 && count !== 3)).toEqual([]);
    }
  }),
  logCase('L2: offsets of a partition grow from record to record', async (log) => {
    await append(log, newRecord(), newRecord());
    await appendEach(log, 10);
    for (const partition of log.partitions) {
      const offsets = (await readPartition(log, partition)).map((record) => record.offset);
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
    }
    expect(await readAll(log)).toHaveLength(12);
  }),
  logCase('L2: a record is read at the position its append gave', async (log) => {
    const records = [newRecord(), newRecord(16, 'k'), newRecord()];
    const positions = await append(log, ...records);
    for (const [at, { partition, offset }] of positions.entries()) {
      const [record] = (await readFrom(log, partition, offset)).records;
      expect({ id: idOf(record!), partition: record!.partition, offset: record!.offset }).toEqual({
        id: idOf(records[at]!),
        partition,
        offset,
      });
    }
  }),
  logCase('L2: offsets are never used twice, across restarts too', async (log, world) => {
    const used = (await appendEach(log, 5)).map(({ partition, offset }) => `${partition}/${offset}`);
    await world.reopen();
    const again = await world.store.open('log-1', plenty);
    used.push(...(await appendEach(again, 5)).map(({ partition, offset }) => `${partition}/${offset}`));
    await world.crash();
    const crashed = await world.store.open('log-1', plenty);
    used.push(...(await appendEach(crashed, 5)).map(({ partition, offset }) => `${partition}/${offset}`));
    expect(new Set(used).size).toBe(15);
    for (const partition of crashed.partitions) {
      const offsets = (await readPartition(crashed, partition)).map((record) => record.offset);
      expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
    }
  }),
  logCase(
    'L3: read gives records in offset order without gaps, in pieces of any size, from memory and from storage',
    async (log, world) => {
      const ids: string[] = [];
      for (let call = 0; call < 20; call += 1) {
        const records = Array.from({ length: 10 }, () => newRecord(100, call % 3 === 0 ? 'k' : undefined));
        await append(log, ...records);
        ids.push(...records.map(idOf));
      }
      const whole = await readAll(log);
      expect(whole.map(idOf).sort()).toEqual(ids.sort());
      await world.reopen();
      const again = await world.store.open('log-1', plenty);
      for (const records of [1, 3, 7, 64, 1000]) {
        expect((await readAll(again, { records, bytes: mib })).map(idOf)).toEqual(whole.map(idOf));
      }
    },
  ),
  logCase('L3: nothing is read before it is durable', async (log) => {
    const before = log.partitions.map((partition) => log.range(partition).end);
    const pending = append(log, newRecord());
    expect(log.partitions.map((partition) => log.range(partition).end)).toEqual(before);
    await pending;
    expect(await readAll(log)).toHaveLength(1);
  }),
  logCase('L3: what is read is exactly what was appended, from memory and from storage', async (log, world) => {
    for (const { record } of exactEvents) await append(log, record);
    const { adds } = abilitiesOf(world);
    const expectExact = async (of: typeof log) => {
      const found = new Map((await readAll(of)).map((record) => [idOf(record), record]));
      for (const { what, record } of exactEvents) {
        const read = found.get(idOf(record))!;
        const attributes: Record<string, string | undefined> = { ...read.event.attributes };
        for (const name of adds) {
          expect(attributes[name], what).toMatch(/^\d+$/);
          delete attributes[name];
        }
        expect(attributes, what).toEqual({ ...record.event.attributes });
        expect(read.event.specversion, what).toBe(record.event.specversion);
        expect(read.event.dataForm, what).toBe(record.event.dataForm);
        expect({ ...read.event.nonString }, what).toEqual({ ...record.event.nonString });
        expect(read.event.data === undefined, what).toBe(record.event.data === undefined);
        expect([...(read.event.data ?? [])], what).toEqual([...(record.event.data ?? [])]);
        expect(read.headers, what).toEqual(record.headers);
        expect(read.key, what).toBe(record.key);
      }
    };
    await expectExact(log);
    await world.reopen();
    await expectExact(await world.store.open('log-1', plenty));
  }),
  logCase('L3: a record of 10 MiB is kept like any other', async (log, world) => {
    const data = new Uint8Array(10 * mib).map((_, at) => (at * 31) % 256);
    await append(log, newRecord());
    const [position] = await append(log, { event: newEvent(data), headers: [] });
    await append(log, newRecord());
    await world.reopen();
    const again = await world.store.open('log-1', plenty);
    const { records } = await readFrom(again, position!.partition, position!.offset, { records: 5, bytes: 1 });
    expect(records).toHaveLength(1);
    expect(Buffer.compare(records[0]!.event.data!, data)).toBe(0);
    expect(await readAll(again)).toHaveLength(3);
  }),
  logCase('read limits: no more records and bytes than asked for, and at least one', async (log) => {
    await append(log, ...Array.from({ length: 30 }, () => newRecord(1000, 'same')));
    const { partition } = (await readAll(log))[0]!;
    const { start } = log.range(partition);
    expect((await readFrom(log, partition, start, { records: 4, bytes: mib })).records).toHaveLength(4);
    const few = (await readFrom(log, partition, start, { records: 30, bytes: 5_000 })).records;
    expect(few.length).toBeGreaterThan(1);
    expect(few.reduce((sum, record) => sum + record.bytes, 0)).toBeLessThanOrEqual(5_000);
    expect((await readFrom(log, partition, start, { records: 30, bytes: 0 })).records).toHaveLength(1);
  }),
  logCase('read at the end gives no records and goes on there', async (log) => {
    await appendEach(log, 3);
    for (const partition of log.partitions) {
      const { end } = log.range(partition);
      expect(await readFrom(log, partition, end)).toMatchObject({ records: [], next: end });
    }
  }),
  logCase('range: an empty log starts and ends at the same place, and grows at its end', async (log) => {
    const before = log.partitions.map((partition) => log.range(partition));
    for (const { start, end } of before) expect(start).toBe(end);
    const positions = await appendEach(log, 4);
    for (const { partition, offset } of positions) {
      const range = log.range(partition);
      expect(range.start).toBeLessThanOrEqual(offset);
      expect(range.end).toBeGreaterThan(offset);
      expect(range.bytes).toBeGreaterThan(0);
    }
  }),
  logCase('keys: records with the same key are in one partition, in the order they were appended', async (log) => {
    const records = Array.from({ length: 12 }, (_, at) => newRecord(16, at % 2 === 0 ? 'even' : 'odd'));
    for (const record of records) await append(log, record);
    const read = await readAll(log);
    for (const key of ['even', 'odd']) {
      const found = read.filter((record) => record.key === key);
      expect(new Set(found.map((record) => record.partition)).size).toBe(1);
      expect(found.map(idOf)).toEqual(records.filter((record) => record.key === key).map(idOf));
    }
  }),
  logCase('time: it does not shrink with the offset, also when the clock jumps back', async (log, world) => {
    await append(log, newRecord(16, 'same'));
    await world.pass(20);
    await append(log, newRecord(16, 'same'));
    world.jump(-86_400_000);
    await append(log, newRecord(16, 'same'));
    await world.reopen();
    const again = await world.store.open('log-1', plenty);
    await append(again, newRecord(16, 'same'));
    const times = (await readAll(again)).map((record) => record.timeMs);
    expect(times).toHaveLength(4);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  }),
  logCase('offsetAt: the first record of that time or later; the end when there is none', async (log, world) => {
    for (let step = 0; step < 5; step += 1) {
      await append(log, newRecord(16, 'same'), newRecord(16, 'same'));
      await world.pass(20);
    }
    const records = await readAll(log);
    const { partition } = records[0]!;
    const { start, end } = log.range(partition);
    for (const { timeMs } of records) {
      const first = records.find((record) => record.timeMs >= timeMs)!;
      expect(await log.offsetAt(partition, timeMs)).toBe(first.offset);
      const next = records.find((record) => record.timeMs >= timeMs + 1);
      expect(await log.offsetAt(partition, timeMs + 1)).toBe(next?.offset ?? end);
    }
    expect(await log.offsetAt(partition, 0)).toBe(start);
    expect(await log.offsetAt(partition, records.at(-1)!.timeMs + 86_400_000)).toBe(end);
  }),
  logCase(
    'onAppend: called when the records can be read, before append resolves; not after it was ended',
    async (log) => {
      const seen: string[] = [];
      const end = log.onAppend(() => {
        const ends = log.partitions.map((partition) => log.range(partition));
        seen.push(`told ${ends.reduce((sum, range) => sum + (range.end > range.start ? 1 : 0), 0) > 0}`);
      });
      await append(log, newRecord());
      seen.push('appended');
      end();
      await append(log, newRecord());
      expect(seen[0]).toBe('told true');
      expect(seen.indexOf('appended')).toBe(seen.length - 1);
    },
  ),
  worldCase(
    'busy: more appends under way than the limit are not kept; later ones are taken again',
    async (world) => {
      const log = await world.store.open('log-1', plenty);
      const records = Array.from({ length: 40 }, () => newRecord(20_000));
      const outcomes = await Promise.all(records.map((record) => log.append([record])));
      const taken = records.filter((_, at) => outcomes[at]!.kind === 'appended');
      const busy = outcomes.filter((outcome) => outcome.kind === 'busy');
      expect(taken.length).toBeGreaterThan(0);
      expect(busy.length).toBeGreaterThan(0);
      expect(taken.length + busy.length).toBe(40);
      for (const outcome of busy) expect(outcome.retryAfterMs).toBeGreaterThan(0);
      const late = newRecord(20_000);
      await append(log, late);
      expect(await idsIn(log)).toEqual([...taken, late].map(idOf).sort());
    },
    { queueBytes: 100_000 },
  ),
  logCase('append of no records is taken and changes nothing', async (log) => {
    expect(await log.append([])).toEqual({ kind: 'appended', positions: [] });
    expect(await readAll(log)).toEqual([]);
  }),
  logCase('close: appends under way are settled first, later ones fail and do not throw (L6)', async (log) => {
    const pending = [log.append([newRecord()]), log.append([newRecord()])];
    await log.close();
    expect((await Promise.all(pending)).map((outcome) => outcome.kind)).toEqual(['appended', 'appended']);
    expect((await log.append([newRecord()])).kind).toBe('failed');
    expect((await log.commit({ put: [], remove: [], readUpTo: [] })).kind).toBe('failed');
  }),
  worldCase('store: opening twice gives the same log; it lists its logs, over a restart too', async (world) => {
    const one = await world.store.open('log-1', plenty);
    expect(await world.store.open('log-1', plenty)).toBe(one);
    await append(await world.store.open('log-2', plenty), newRecord());
    expect([...(await world.store.list())].sort()).toEqual(['log-1', 'log-2']);
    await world.reopen();
    expect([...(await world.store.list())].sort()).toEqual(abilitiesOf(world).listsUnopened ? ['log-1', 'log-2'] : []);
    expect(await readAll(await world.store.open('log-2', plenty))).toHaveLength(1);
    expect(await world.store.list()).toContain('log-2');
  }),
  worldCase('store: logs do not see each other', async (world) => {
    const one = await world.store.open('log-1', plenty);
    const two = await world.store.open('log-2', plenty);
    const records = [newRecord(), newRecord()];
    await Promise.all([append(one, records[0]!), append(two, records[1]!)]);
    expect(await idsIn(one)).toEqual([idOf(records[0]!)]);
    expect(await idsIn(two)).toEqual([idOf(records[1]!)]);
  }),
  worldCase('store: a removed log is gone with its records and cursors; others stay', async (world) => {
    const one = await world.store.open('log-1', plenty);
    const two = await world.store.open('log-2', plenty);
    await Promise.all([appendEach(one, 20), appendEach(two, 3)]);
    const put = [{ name: 'c', partition: 0, seenUpTo: 1, pending: [], detached: false }];
    await one.commit({ put, remove: [], readUpTo: [{ partition: 0, offset: 1 }] });
    await world.store.remove('log-1');
    expect(await world.store.list()).toEqual(['log-2']);
    const anew = await world.store.open('log-1', plenty);
    expect(await readAll(anew)).toEqual([]);
    expect(await anew.loadCursors(cursorNames)).toEqual({ cursors: [], readUpTo: [] });
    await world.crash();
    expect(await readAll(await world.store.open('log-2', plenty))).toHaveLength(3);
  }),
];
