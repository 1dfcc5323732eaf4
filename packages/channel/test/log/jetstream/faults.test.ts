/** A real nats-server and its network misbehave: nothing acknowledged is lost, and nothing is stored twice. */
import { waitFor } from '@millrace/testkit';
import { describe, expect, it } from 'vitest';
import { sharedNats, sharedProxy } from '../../../../../test/servers/index.ts';
import type { AppendOutcome, EventLog, LogRecord, NewRecord } from '../../../src/log/log.ts';
import { append, appendEach, cursor, idOf, idsIn, newRecord, plenty, readAll, readFrom } from '../contract-world.ts';
import { newName, testProcesses } from './world.ts';

const proxy = sharedProxy();
const nats = sharedNats(() => ({ proxies: [proxy()] }));
const start = testProcesses();

/** The log as another process sees it, past the proxy. */
async function seenDirectly(name: string): Promise<EventLog> {
  return start(nats().url).store.open(name, plenty);
}

/** Records that the stream has now, over a path of their own. */
async function countIn(log: EventLog): Promise<number> {
  await log.trim();
  return (await readAll(log)).length;
}

describe('publishing', () => {
  it.each([
    ['one record', 1],
    ['a batch of records', 5],
  ])('%s whose acknowledgement is lost is tried again, and stored once', async (_, count) => {
    const name = newName();
    const log = await start(nats().proxied.url).store.open(name, plenty);
    const direct = await seenDirectly(name);
    proxy().delay(400);
    const records = Array.from({ length: count }, () => newRecord());
    const pending = log.append(records);
    await waitFor('the records are stored', async () => (await countIn(direct)) === count);
    proxy().cut();
    proxy().resume();
    const outcome = await pending;
    expect(outcome.kind).toBe('appended');
    expect(await idsIn(direct)).toEqual(records.map(idOf).sort());
    const offsets = (await readAll(direct)).map((record) => record.offset);
    expect(outcome).toEqual({ kind: 'appended', positions: offsets.map((offset) => ({ partition: 0, offset })) });
  });

  it('two events with the same id and source are two events', async () => {
    const log = await start(nats().url).store.open(newName(), plenty);
    const record = newRecord();
    await append(log, record);
    await append(log, record, record);
    expect(await readAll(log)).toHaveLength(3);
  });

  it('records are in the order they were appended, over broken connections too', async () => {
    const log = await start(nats().proxied.url).store.open(newName(), plenty);
    const records: NewRecord[] = [];
    const pending: Promise<AppendOutcome>[] = [];
    for (let round = 0; round < 30; round += 1) {
      const record = newRecord(100, 'key');
      records.push(record);
      pending.push(log.append([record]));
      if (round % 10 === 5) proxy().cut();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(new Set((await Promise.all(pending)).map(({ kind }) => kind))).toEqual(new Set(['appended']));
    expect((await readAll(log)).map(idOf)).toEqual(records.map(idOf));
  });

  it('L7: without a server an append fails in bounded time, says why, and the next one is taken when it is back', async () => {
    const log = await start(nats().proxied.url, { connectionMs: 300, publishMs: 300 }).store.open(newName(), plenty);
    proxy().refuse();
    expect(await log.append([newRecord()])).toEqual({ kind: 'failed', reason: expect.stringContaining('connection') });
    expect(await log.read(0, log.range(0).start, { records: 1, bytes: 1 })).toMatchObject({ kind: 'records' });
    expect((await log.commit({ put: [], remove: [], readUpTo: [] })).kind).toBe('committed');
    proxy().resume();
    await waitFor('an append is taken', async () => (await log.append([newRecord()])).kind === 'appended');
  });

  it('A4: an event that is too large fails alone, and says what is too large', async () => {
    const log = await start(nats().url).store.open(newName(), plenty);
    const outcomes = await Promise.all([
      log.append([newRecord()]),
      log.append([newRecord(2 * 1024 ** 2)]),
      log.append([newRecord()]),
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['appended', 'failed', 'appended']);
    expect(outcomes[1]).toMatchObject({ reason: expect.stringContaining('max_payload') });
  });
});

describe('nats-server killed with -9 and restarted', () => {
  it('L1: with appends in flight, everything acknowledged is there, once, and the rest of the appends succeed', async () => {
    const log = await start(nats().url).store.open(newName(), plenty);
    const acknowledged: string[] = [];
    const failures: AppendOutcome[] = [];
    const unanswered = new Set<Promise<void>>();
    let stop = false;
    const feed = (async () => {
      while (!stop) {
        const records = [newRecord(200), newRecord(200)];
        const one = log.append(records).then((outcome) => {
          if (outcome.kind === 'appended') acknowledged.push(...records.map(idOf));
          else failures.push(outcome);
        });
        unanswered.add(one);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    await waitFor('events are acknowledged', () => acknowledged.length > 50);
    for (let round = 0; round < 3; round += 1) {
      const before = acknowledged.length;
      await nats().kill();
      await nats().restart();
      await waitFor('events are acknowledged again', () => acknowledged.length > before + 50, { timeoutMs: 15_000 });
    }
    stop = true;
    await feed;
    await Promise.all(unanswered);
    expect(failures).toEqual([]);
    expect(await idsIn(log)).toEqual([...acknowledged].sort());
  }, 60_000);

  it('L4: a commit in flight is made, and a later one is not overtaken', async () => {
    const log = await start(nats().url).store.open(newName(), plenty);
    await log.loadCursors([]);
    const commits = [];
    for (let step = 1; step <= 40; step += 1) {
      commits.push(log.commit({ put: [cursor('a', 0, step)], remove: [], readUpTo: [{ partition: 0, offset: step }] }));
      if (step === 20) await nats().kill();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await nats().restart();
    expect(new Set((await Promise.all(commits)).map(({ kind }) => kind))).toEqual(new Set(['committed']));
    const stored = await log.loadCursors([]);
    expect(stored).toEqual({ cursors: [cursor('a', 0, 40)], readUpTo: [{ partition: 0, offset: 40 }] });
  }, 30_000);
});

describe('reading', () => {
  it('a start below the first sequence is out of range, also when this process did not see the events go', async () => {
    const name = newName();
    const log = await start(nats().url).store.open(name, plenty);
    await appendEach(log, 10);
    const reader = await start(nats().url).store.open(name, plenty);
    log.setRetention({ ageMs: -60_000, bytes: plenty.bytes });
    expect(await log.trim()).toBe(10);
    await append(log, newRecord());
    const outcome = await reader.read(0, 3, { records: 5, bytes: 1_000 });
    expect(outcome).toMatchObject({ kind: 'out-of-range', start: 11 });
  });

  it('onAppend: fires for what another process appends, and it can be read at once', async () => {
    const name = newName();
    const [writer, reader] = [await start(nats().url).store.open(name, plenty), await seenDirectly(name)];
    const seen: LogRecord[] = [];
    let next = reader.range(0).end;
    const read = async () => {
      const outcome = await readFrom(reader, 0, next);
      next = outcome.next;
      seen.push(...outcome.records);
      return outcome.records.length > 0;
    };
    // One after the other: two that overlap would read the same.
    let reading: Promise<unknown> = read();
    reader.onAppend(() => {
      reading = reading.then(read).then(async (more) => more && (await read()));
    });
    await reading;
    const ids: string[] = [];
    for (let round = 0; round < 5; round += 1) {
      const records = [newRecord(), newRecord()];
      ids.push(...records.map(idOf));
      await append(writer, ...records);
      await waitFor('it is read', () => seen.length === ids.length, { timeoutMs: 2_000 });
    }
    expect(seen.map(idOf)).toEqual(ids);
  });

  it('what several processes append is read whole and in sequence', async () => {
    const name = newName();
    const [one, two] = [await start(nats().url).store.open(name, plenty), await seenDirectly(name)];
    const ids: string[] = [];
    const feed = async (log: EventLog) => {
      for (let left = 40; left > 0; left -= 1) {
        const record = newRecord();
        ids.push(idOf(record));
        await append(log, record);
      }
    };
    await Promise.all([feed(one), feed(two)]);
    await waitFor('all are known', async () => (await countIn(one)) === 80);
    const read = await readAll(one);
    expect(read.map(idOf).sort()).toEqual(ids.sort());
    expect(read.map(({ offset }) => offset)).toEqual([...read.keys()].map((at) => at + 1));
  });
});
