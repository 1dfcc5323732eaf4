/** When the disk or the store is full: a clear answer, nothing acknowledged is lost, and it goes on when there is room. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { append, commitEverywhere, idOf, idsIn, newRecord, plenty, readAll } from '../contract-world.ts';
import { openLocal, temporaryDirectory } from '../worlds.ts';
import { startChild } from './children.ts';

let directory = '';
beforeEach(() => {
  directory = temporaryDirectory();
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('no room', () => {
  it('L1, L6: the file may not grow: append says so, the process lives, everything acknowledged is there', async () => {
    const child = startChild(directory, 'fill', { fileBlocks: 8_192 });
    expect(await child.ended()).toBe(0);
    const told = JSON.parse(child.lines()[1] ?? '{}');
    expect(['full', 'failed']).toContain(told.outcome.kind);
    expect(told.outcome.reason).toMatch(/may not grow|too large/i);
    expect([told.again, told.commit], 'what is small enough is still taken').toEqual(['appended', 'committed']);
    expect(told.taken).toBeGreaterThan(10);
    expect(statSync(join(directory, 'log', 'data.mdb')).size).toBeLessThanOrEqual(8_192 * 1_024);
    const store = await openLocal(directory);
    const log = await store.open('log', plenty);
    const ids = (await readAll(log)).map(idOf);
    expect(ids).toEqual([...Array.from({ length: told.taken }, (_, at) => `f-${at}`), 'after']);
    await append(log, newRecord(50_000));
    expect(log.range(0).end).toBe(ids.length + 1);
    await store.close();
  }, 30_000);

  it('L6: the disk has less free than is kept for trimming: append answers full, cursors and trimming go on', async () => {
    const roomy = await openLocal(directory);
    await append(await roomy.open('log', plenty), newRecord());
    await roomy.close();
    const store = await openLocal(directory, undefined, { freeSpaceReserveBytes: 2 ** 52 });
    const log = await store.open('log', plenty);
    const outcome = await log.append([newRecord()]);
    expect(outcome).toMatchObject({
      kind: 'full',
      reason: expect.stringMatching(/^no space left for .*bytes are free/),
    });
    await commitEverywhere(log, 'cursor', (range) => range.end);
    log.setRetention({ ageMs: -1, bytes: plenty.bytes });
    expect(await log.trim()).toBe(1);
    await store.close();
    const again = await openLocal(directory);
    await append(await again.open('log', plenty), newRecord());
    await again.close();
  });

  it('L6: the store holds its limit: appends to all its logs answer full until something goes', async () => {
    const store = await openLocal(directory, undefined, { storeBytes: 60_000 });
    const one = await store.open('one', plenty);
    const two = await store.open('two', plenty);
    await append(one, newRecord(50_000));
    const outcome = await two.append([newRecord(50_000)]);
    expect(outcome).toMatchObject({ kind: 'full', reason: expect.stringContaining('limit of 60000 bytes') });
    await store.remove('one');
    const late = newRecord(50_000);
    await append(two, late);
    expect(await idsIn(two)).toEqual([idOf(late)]);
    await store.close();
  });

  it('an event larger than its log may ever be is refused with that reason', async () => {
    const store = await openLocal(directory);
    const log = await store.open('log', { ageMs: plenty.ageMs, bytes: 10_000 });
    expect(await log.append([newRecord(20_000)])).toEqual({
      kind: 'full',
      reason: "the event is larger than the log's limit of 10000 bytes",
      heldBy: [],
    });
    await append(log, newRecord(5_000));
    await store.close();
  });

  it('more appends at once than the log may hold are all taken when nobody needs the old', async () => {
    const store = await openLocal(directory);
    const log = await store.open('log', { ageMs: plenty.ageMs, bytes: 50_000 });
    const outcomes = await Promise.all(Array.from({ length: 40 }, () => log.append([newRecord(10_000)])));
    expect(new Set(outcomes.map((outcome) => outcome.kind))).toEqual(new Set(['appended']));
    expect(log.range(0).end).toBe(40);
    expect(log.range(0).bytes).toBeLessThanOrEqual(50_000);
    await store.close();
  });

  it('space that was freed is used again: a log at its limit does not make the file grow', async () => {
    const store = await openLocal(directory);
    const log = await store.open('log', { ageMs: plenty.ageMs, bytes: 500_000 });
    for (let at = 0; at < 300; at += 1) await append(log, newRecord(10_000));
    expect(statSync(join(directory, 'log', 'data.mdb')).size).toBeLessThan(4 * 1024 ** 2);
    expect(readdirSync(join(directory, 'log')).sort()).toEqual(['ahead-0', 'ahead-1', 'data.mdb', 'lock.mdb']);
    await store.close();
  });
});
