/** The local store: what it costs, what stays in memory, many logs, removal. */
import { cpSync, rmSync } from 'node:fs';
import { releaseMemory, silentLogger } from '@millrace/runtime';
import { waitFor } from '@millrace/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openLocalStore } from '../../../src/log/local/index.ts';
import {
  append,
  appendEach,
  commitEverywhere,
  cursor,
  cursorsOf,
  idOf,
  newRecord,
  plenty,
  readAll,
  readFrom,
} from '../contract-world.ts';
import { JumpingClock, openLocal, temporaryDirectory } from '../worlds.ts';

const mib = 1024 ** 2;

let directory = '';
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('group commit', () => {
  it('appends, commits and appends to other logs that arrive together are one transaction', async () => {
    const store = await openLocal(directory);
    const one = await store.open('one', plenty);
    const two = await store.open('two', plenty);
    const before = store.counters.commits;
    await Promise.all([
      ...Array.from({ length: 64 }, () => append(one, newRecord(1_000))),
      ...Array.from({ length: 10 }, () => append(two, newRecord(1_000))),
      one.commit({ put: [cursor('a', 0, 0)], remove: [], readUpTo: [] }),
    ]);
    expect(store.counters.commits - before).toBe(1);
    await store.close();
  });

  it('what arrives while one is under way is gathered into the next', async () => {
    const store = await openLocal(directory);
    const log = await store.open('log', plenty);
    const before = store.counters.commits;
    const first = append(log, newRecord());
    // The transaction is made when a turn of the event loop brought nothing more: after a few of them it is under way.
    for (let turns = 0; turns < 3; turns++) await new Promise((resolve) => setImmediate(resolve));
    const rest: Promise<unknown>[] = Array.from({ length: 50 }, () => append(log, newRecord()));
    await Promise.all([first, ...rest]);
    expect(store.counters.commits - before).toBe(2);
    await store.close();
  });

  it('64 writers that go on at once share transactions', async () => {
    const store = await openLocal(directory);
    const log = await store.open('log', plenty);
    const before = store.counters.commits;
    await Promise.all(Array.from({ length: 64 }, () => appendEach(log, 10, 1_000)));
    expect(store.counters.commits - before).toBeLessThanOrEqual(20);
    await store.close();
  });
});

describe('what is in memory', () => {
  it('G3: what large transactions need is kept while they come, and given back when there was none for a while', async () => {
    const clock = new JumpingClock();
    const store = await openLocal(directory, clock);
    const log = await store.open('log', plenty);
    const outsideBytes = () => {
      releaseMemory();
      return process.memoryUsage().arrayBuffers;
    };
    const large = () => Promise.all(Array.from({ length: 6 }, () => append(log, newRecord(mib))));
    await append(log, newRecord());
    const before = outsideBytes();
    for (let times = 0; times < 4; times++) await large();
    expect(outsideBytes() - before).toBeGreaterThan(6 * mib);
    await clock.virtual.advance(4_000);
    await large();
    await clock.virtual.advance(4_000);
    expect(outsideBytes() - before).toBeGreaterThan(6 * mib);
    await clock.virtual.advance(2_000);
    // The first use of either file makes memory for it, which stays.
    await waitFor('it is given back', () => outsideBytes() - before < 5 * mib);
    await append(log, newRecord());
    expect(await readAll(log)).toHaveLength(32);
    await store.close();
    expect(clock.virtual.pending).toBe(0);
  });

  it('events still in memory are not read from disk again', async () => {
    const store = await openLocal(directory, undefined, { tailCacheBytes: 1024 ** 2 });
    const log = await store.open('log', plenty);
    await Promise.all(Array.from({ length: 500 }, () => append(log, newRecord(1_000))));
    const outcome = log.read(0, 0, { records: 500, bytes: 1024 ** 2 });
    expect(outcome, 'given at once').toMatchObject({ kind: 'records', next: 500 });
    expect(await readAll(log)).toHaveLength(500);
    expect(store.counters.diskReads).toBe(0);
    await store.close();
  });

  it('who is told of new records reads them from memory, however many came at once', async () => {
    const store = await openLocal(directory, undefined, { tailCacheBytes: 1_000 });
    const log = await store.open('log', plenty);
    let read = 0;
    log.onAppend(() => {
      const outcome = log.read(0, read, { records: 500, bytes: 1024 ** 2 });
      if ('kind' in outcome && outcome.kind === 'records') read = outcome.next;
    });
    await append(log, ...Array.from({ length: 500 }, () => newRecord(1_000)));
    expect(read).toBe(500);
    expect(store.counters.diskReads).toBe(0);
    await store.close();
  });

  it('the very objects that were appended are given', async () => {
    const store = await openLocal(directory);
    const log = await store.open('log', plenty);
    const record = newRecord(100);
    await append(log, record);
    expect((await readAll(log))[0]!.event).toBe(record.event);
    await store.close();
  });

  it('the bound holds over all logs: the oldest are read from disk, once for a batch', async () => {
    const store = await openLocal(directory, undefined, { tailCacheBytes: 50_000 });
    const one = await store.open('one', plenty);
    const two = await store.open('two', plenty);
    await append(one, ...Array.from({ length: 30 }, () => newRecord(1_000)));
    await append(two, ...Array.from({ length: 30 }, () => newRecord(1_000)));
    expect(await readAll(two)).toHaveLength(30);
    expect(store.counters.diskReads).toBe(0);
    expect(await readAll(one, { records: 3, bytes: 1024 ** 2 })).toHaveLength(30);
    expect(store.counters.diskReads).toBe(1);
    await store.close();
  });

  it('a record larger than the bound is read from disk', async () => {
    const store = await openLocal(directory, undefined, { tailCacheBytes: 1_000 });
    const log = await store.open('log', plenty);
    await append(log, newRecord(100));
    await append(log, newRecord(100_000));
    await append(log, newRecord(100));
    expect((await readAll(log)).map((record) => record.event.data?.byteLength)).toEqual([100, 100_000, 100]);
    await store.close();
  });
});

describe('time', () => {
  it('offsetAt finds its way through thousands of batches without reading them', async () => {
    const clock = new JumpingClock();
    const store = await openLocal(directory, clock, { batchRecords: 1 });
    const log = await store.open('log', plenty);
    for (let step = 0; step < 60; step += 1) {
      await append(log, ...Array.from({ length: 50 }, () => newRecord(10)));
      await clock.virtual.advance(1_000);
    }
    const startMs = (await readFrom(log, 0, 0, { records: 1, bytes: 1 })).records[0]!.timeMs;
    const before = store.counters.diskReads;
    for (let step = 0; step < 60; step += 1) {
      expect(await log.offsetAt(0, startMs + step * 1_000)).toBe(step * 50);
      expect(await log.offsetAt(0, startMs + step * 1_000 - 500)).toBe(step * 50);
    }
    expect(store.counters.diskReads).toBe(before);
    await store.close();
  });
});

describe('many logs', () => {
  it('1,000 logs live in one environment, and are there after a restart', async () => {
    const store = await openLocal(directory);
    const names = Array.from({ length: 1_000 }, (_, at) => `log-${at}`);
    const logs = await Promise.all(names.map((name) => store.open(name, plenty)));
    const records = names.map(() => newRecord(100));
    await Promise.all(logs.map((log, at) => append(log, records[at]!)));
    await Promise.all(logs.map((log) => commitEverywhere(log, 'cursor', (range) => range.end)));
    await store.close();
    const again = await openLocal(directory);
    expect(await again.list()).toEqual([...names].sort());
    for (const at of [0, 1, 499, 999]) {
      const log = await again.open(names[at]!, plenty);
      expect((await readAll(log)).map(idOf)).toEqual([idOf(records[at]!)]);
      expect(await cursorsOf(log)).toEqual([cursor('cursor', 0, 1)]);
    }
    await again.close();
  }, 30_000);
});

describe('removal', () => {
  it('removes everything of the log, in steps, and gives its space back', async () => {
    const store = await openLocal(directory, undefined, { removalsPerTransaction: 7, batchRecords: 1 });
    const log = await store.open('log', plenty);
    await append(log, ...Array.from({ length: 40 }, () => newRecord(1_000)));
    await log.commit({ put: Array.from({ length: 30 }, (_, at) => cursor(`c${at}`, 0, 0)), remove: [], readUpTo: [] });
    expect(store.counters.bytes).toBeGreaterThan(40_000);
    await store.remove('log');
    expect(store.counters.bytes).toBe(0);
    expect(await store.list()).toEqual([]);
    await store.remove('log');
    await store.close();
  });

  it('S2: one that a crash cut off is made up for, and never shows in a log that comes later', async () => {
    const store = await openLocal(directory, undefined, { removalsPerTransaction: 2, batchRecords: 1 });
    const log = await store.open('log', plenty);
    await append(log, ...Array.from({ length: 40 }, () => newRecord(1_000)));
    const before = store.counters.commits;
    const removal = store.remove('log');
    while (store.counters.commits < before + 5) await new Promise((resolve) => setImmediate(resolve));
    const copy = temporaryDirectory();
    cpSync(directory, copy, { recursive: true });
    await removal;
    await store.close();
    const again = await openLocal(copy);
    expect(await again.list()).toEqual([]);
    const anew = await again.open('log', plenty);
    expect(await readAll(anew)).toEqual([]);
    await append(anew, newRecord());
    await again.close();
    const last = await openLocal(copy);
    expect(await readAll(await last.open('log', plenty))).toHaveLength(1);
    await last.close();
    rmSync(copy, { recursive: true });
  });
});

describe('N3', () => {
  it('a listener that throws keeps nobody from the answer', async () => {
    const told: unknown[] = [];
    const logger = { ...silentLogger, error: (message: string) => told.push(message) };
    const outcome = await openLocalStore(directory, { clock: new JumpingClock(), logger });
    if (outcome.kind === 'error') throw new Error(outcome.message);
    const log = await outcome.store.open('log', plenty);
    log.onAppend(() => {
      throw new Error('a bug');
    });
    await append(log, newRecord());
    expect(told).toEqual(['log: a listener threw']);
    await outcome.store.close();
  });
});
