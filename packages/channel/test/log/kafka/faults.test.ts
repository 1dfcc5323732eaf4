/** What the log promises while connections break, the network falls silent, and the node is killed and comes back. */
import { setTimeout as wait } from 'node:timers/promises';
import { waitFor } from '@millrace/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedKafka } from '../../../../../test/servers/index.ts';
import type { EventLog } from '../../../src/log/log.ts';
import { append, cursor, idOf, newRecord, plenty, readAll } from '../contract-world.ts';
import { backingOf, newTopic, type Process, startProcess } from './world.ts';

const kafka = sharedKafka();
const clientLimits = { requestMs: 2_000, connectMs: 1_000 };
let process: Process | undefined;
afterEach(async () => {
  await process?.end();
});

async function open(): Promise<EventLog> {
  process = await startProcess(kafka().port, { clientLimits });
  const topic = newTopic();
  return process.store.open('log', plenty, backingOf(kafka().servers, topic, { partitions: 3 }));
}

const keys = ['a', 'b', 'c', 'd', 'e'];

/** Appends numbered events per key, one after the other for each key, until it is stopped. */
function writers(log: EventLog) {
  const ledger = new Map<string, string[]>();
  let stopped = false;
  const done = keys.map(async (key) => {
    const acknowledged: string[] = [];
    ledger.set(key, acknowledged);
    while (!stopped) {
      const record = newRecord(200, key);
      const outcome = await log.append([record]);
      if (outcome.kind === 'appended') acknowledged.push(idOf(record));
    }
  });
  return {
    ledger,
    async stop() {
      stopped = true;
      await Promise.all(done);
    },
  };
}

async function expectLedger(log: EventLog, ledger: ReadonlyMap<string, readonly string[]>): Promise<void> {
  const byKey = Map.groupBy(await readAll(log), (record) => record.key ?? '');
  let total = 0;
  for (const [key, acknowledged] of ledger) {
    total += acknowledged.length;
    const wanted = new Set(acknowledged);
    const read = (byKey.get(key) ?? []).map(idOf).filter((id) => wanted.has(id));
    // Idempotent: our own retries store nothing twice, and do not overtake each other.
    expect(read).toEqual(acknowledged);
  }
  expect(total).toBeGreaterThan(keys.length * 10);
}

describe('faults', () => {
  it('L1: connections that are cut again and again lose, repeat and reorder nothing that was acknowledged', async () => {
    const log = await open();
    const writing = writers(log);
    for (let round = 0; round < 10; round += 1) {
      await wait(100 + 13 * round);
      process?.proxy.cut();
    }
    await wait(500);
    await writing.stop();
    await expectLedger(log, writing.ledger);
  }, 60_000);

  it('L1: a silent network is noticed, and it goes on when it heals', async () => {
    const log = await open();
    const writing = writers(log);
    await wait(300);
    process?.proxy.hold();
    await wait(2_500);
    process?.proxy.resume();
    const before = [...writing.ledger.values()].flat().length;
    await waitFor('appends go on', () => [...writing.ledger.values()].flat().length > before + 50, {
      timeoutMs: 20_000,
    });
    await writing.stop();
    await expectLedger(log, writing.ledger);
  }, 60_000);

  it('L1, L4: the node is killed with -9 and started again: nothing acknowledged is lost, commits and reads go on', async () => {
    const log = await open();
    const writing = writers(log);
    await wait(500);
    expect(await log.commit({ put: [cursor('a', 0, 1)], remove: [], readUpTo: [] })).toEqual({ kind: 'committed' });
    await kafka().kill();
    const outcome = await log.read(0, log.range(0).start, { records: 1, bytes: 1 });
    expect(['records', 'failed']).toContain(outcome.kind);
    await kafka().restart();
    const healedMs = performance.now();
    const before = [...writing.ledger.values()].flat().length;
    await waitFor('appends go on', () => [...writing.ledger.values()].flat().length > before + 50, {
      timeoutMs: 30_000,
    });
    expect(performance.now() - healedMs).toBeLessThan(30_000);
    await writing.stop();
    await expectLedger(log, writing.ledger);
    expect((await log.loadCursors(['a'])).cursors).toEqual([cursor('a', 0, 1)]);
    expect(await log.commit({ put: [cursor('a', 0, 2)], remove: [], readUpTo: [] })).toEqual({ kind: 'committed' });
    await append(log, newRecord());
  }, 120_000);

  it('L7: with no node at all answers come within their limit, and say why', async () => {
    process = await startProcess(kafka().port, { clientLimits: { ...clientLimits, produceMs: 1_000, retryMs: 500 } });
    const log = await process.store.open('log', plenty, backingOf(kafka().servers, newTopic()));
    process.proxy.refuse();
    const startMs = performance.now();
    const outcomes = await Promise.all([
      log.append([newRecord()]),
      log.commit({ put: [cursor('a', 0, 1)], remove: [], readUpTo: [] }),
      log.read(0, 5, { records: 1, bytes: 1 }),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'failed', 'failed']);
    for (const outcome of outcomes) expect(outcome).toHaveProperty('reason', expect.stringMatching(/\w/));
    expect(performance.now() - startMs).toBeLessThan(10_000);
    process.proxy.resume();
    await append(log, newRecord());
    expect(await readAll(log)).toHaveLength(1);
  }, 60_000);
});
