/** V5 of the environment: what was read from disk does not stay resident, and reads are right while the file is mapped anew. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeEvent } from '@millrace/api';
import { silentLogger, systemClock } from '@millrace/runtime';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EventLog, type LocalLogStore, openLocalStore } from '../../../src/log/index.ts';
import { startChild } from './children.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-mapping-'));
const retention = { ageMs: 3_600_000, bytes: 2 ** 30 };
const eventBytes = 64 * 1024;
const events = 2_500;
let store: LocalLogStore;
let log: EventLog;

/** Resident pages of mapped files, in MiB. */
const mappedMiB = () => Number(/RssFile:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

function record(id: number) {
  const made = makeEvent({ id: String(id), source: '/s', type: 'a', data: Buffer.alloc(eventBytes, id % 251) });
  if (made.kind !== 'event') throw new Error(made.message);
  return { event: made.event, headers: [] };
}

beforeAll(async () => {
  const limits = { tailCacheBytes: 0, readCacheBytes: 0 };
  const opened = await openLocalStore(folder, { clock: systemClock, logger: silentLogger, limits });
  if (opened.kind === 'error') throw new Error(opened.message);
  store = opened.store;
  log = await store.open('log', retention);
  for (let from = 0; from < events; from += 100) {
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, index) => log.append([record(from + index)])));
    expect(outcomes.every(({ kind }) => kind === 'appended')).toBe(true);
  }
}, 60_000);

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a backlog of 156 MiB that is read and settled leaves less than 40 MiB of it resident', {
  timeout: 60_000,
}, async () => {
  const before = mappedMiB();
  let highest = 0;
  let next = 0;
  while (next < events) {
    // Two readers, as detached cursors are, and settlements that go on meanwhile.
    const reads = [
      log.read(0, next, { records: 10, bytes: 2 ** 20 }),
      log.read(0, Math.floor(next / 2), { records: 5, bytes: 2 ** 20 }),
    ];
    const commit = log.commit({
      put: [{ name: 'c', partition: 0, seenUpTo: next, pending: [], detached: true }],
      remove: [],
      readUpTo: [],
    });
    const [outcome, other] = await Promise.all(reads);
    expect((await commit).kind).toBe('committed');
    if (outcome?.kind !== 'records' || other?.kind !== 'records') throw new Error(JSON.stringify([outcome, other]));
    for (const { offset, event } of outcome.records) {
      expect(event.attributes['id']).toBe(String(offset));
      expect(event.data?.[0]).toBe(offset % 251);
      expect(event.data?.byteLength).toBe(eventBytes);
    }
    next = outcome.next;
    highest = Math.max(highest, mappedMiB());
  }
  process.stdout.write(
    `mapped files: ${Math.round(before)} MiB before, ${Math.round(highest)} MiB at most while reading 156 MiB\n`,
  );
  expect(highest - before).toBeLessThan(40);
});

test('a file with 4,000 gaps is mapped anew 200 times more, and no list of its gaps stays in memory', {
  timeout: 60_000,
}, async () => {
  const other = mkdtempSync(join(tmpdir(), 'millrace-renewing-'));
  const child = startChild(other, 'renew');
  expect(await child.ended(), child.errors()).toBe(0);
  const [beforeMiB, afterMiB] = JSON.parse(child.lines().at(-1) ?? '') as [number, number];
  process.stdout.write(
    `heap and buffers: ${beforeMiB.toFixed(1)} MiB, and ${afterMiB.toFixed(1)} after 200 renewals\n`,
  );
  rmSync(other, { recursive: true, force: true });
  // The lists would be 15 MiB.
  expect(afterMiB - beforeMiB).toBeLessThan(5);
});
