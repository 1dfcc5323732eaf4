/**
 * What one durable append costs: 64 writers that each wait for the answer before the next event, 1 KiB of data each,
 * into the memory log and into the local log in turn. CPU time of the whole process, LMDB's own thread included.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultRetention, type EventLog, MemoryLogStore, type NewRecord, openLocalStore } from '@millrace/channel';
import { silentLogger, systemClock } from '@millrace/runtime';
import { atMost, type BenchResult, rowOf } from '../support/result.ts';

const WRITERS = 64;
const DATA_BYTES = 1_024;

/**
 * Microseconds of CPU for one durable append. A bare hop costs 71 to 83 (what the platform can do, measured before
 * this was built); a quarter of it is what durability may add.
 */
const LOCAL_MICROSECONDS_MAX = 20;

function newRecord(number: number): NewRecord {
  const attributes: Record<string, string> = Object.create(null);
  attributes['id'] = `event-${number}`;
  attributes['source'] = '/bench/append';
  attributes['type'] = 'com.example.bench.appended';
  attributes['subject'] = 'orders/item.json';
  attributes['time'] = '2026-01-01T00:00:00Z';
  attributes['datacontenttype'] = 'application/json';
  return { event: { specversion: '1.0', attributes, data: Buffer.alloc(DATA_BYTES, number % 256) }, headers: [] };
}

interface Round {
  readonly cpuMicroseconds: number;
  readonly perSecond: number;
}

async function round(log: EventLog, events: number): Promise<Round> {
  let next = 0;
  const writer = async () => {
    while (next < events) {
      next += 1;
      const outcome = await log.append([newRecord(next)]);
      if (outcome.kind !== 'appended') throw new Error(`append ${next}: ${JSON.stringify(outcome)}`);
    }
  };
  const startMs = performance.now();
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: WRITERS }, writer));
  const { user, system } = process.cpuUsage(before);
  return { cpuMicroseconds: (user + system) / events, perSecond: (events / (performance.now() - startMs)) * 1_000 };
}

export async function run(options: { readonly quick: boolean }): Promise<BenchResult> {
  const events = options.quick ? 3_000 : 30_000;
  const rounds = options.quick ? 2 : 7;
  const directory = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
  const memoryStore = new MemoryLogStore();
  const opened = await openLocalStore(directory, { clock: systemClock, logger: silentLogger });
  if (opened.kind === 'error') throw new Error(opened.message);
  try {
    const retention = { ...defaultRetention, bytes: 64 * 1024 ** 2 };
    const memory = await memoryStore.open('bench', retention);
    const local = await opened.store.open('bench', retention);
    for (const log of [memory, local]) await round(log, events / 3);
    const found: { memory: Round[]; local: Round[] } = { memory: [], local: [] };
    const commitsBefore = opened.store.counters.commits;
    for (let number = 0; number < rounds; number += 1) {
      found.memory.push(await round(memory, events));
      found.local.push(await round(local, events));
    }
    const perCommit = (rounds * events) / (opened.store.counters.commits - commitsBefore);
    const cost = rowOf(
      'CPU of a durable append, local',
      'µs',
      found.local.map((one) => one.cpuMicroseconds),
    );
    return {
      name: `append: ${WRITERS} writers, ${DATA_BYTES} bytes of data`,
      rows: [
        rowOf(
          'CPU of an append, memory',
          'µs',
          found.memory.map((one) => one.cpuMicroseconds),
        ),
        cost,
        rowOf(
          'appends, memory',
          '1/s',
          found.memory.map((one) => one.perSecond),
        ),
        rowOf(
          'durable appends, local',
          '1/s',
          found.local.map((one) => one.perSecond),
        ),
        rowOf('appends in one flush, local', 'events', [perCommit]),
      ],
      checks: [atMost(cost, LOCAL_MICROSECONDS_MAX)],
    };
  } finally {
    await opened.store.close();
    await memoryStore.close();
    rmSync(directory, { recursive: true, force: true });
  }
}
